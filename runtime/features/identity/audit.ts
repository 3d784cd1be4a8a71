/**
 * What is told of every change to keys and tenants.
 *
 * Owns the words; where the entries go is decided by whoever opens the identity. They hold ids, never a key or a digest.
 */
export interface AuditEntry extends Actor {
  readonly action: 'key.create' | 'key.rotate' | 'key.revoke' | 'tenant.create' | 'tenant.update';
  /** Id of the key or tenant; undefined when it was refused before it had one. */
  readonly subject: string | undefined;
  readonly result: 'done' | 'repeated' | 'refused' | 'unavailable';
  /** Why it was refused, or what else was touched. */
  readonly detail?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
}

export type Audit = (entry: AuditEntry) => void;

/** Who asks for a change, and by which request. */
export interface Actor {
  readonly actor: string;
  readonly requestId?: string;
}

/** A change that is not made, and why. `detail` is a sentence that may be shown to the administrator. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  readonly detail: string;
}

export type RefusalReason =
  /** There is no such key or tenant. */
  | 'not-found'
  /** A value is not allowed: a type or tier that the policy does not have, a text of the wrong form. */
  | 'invalid'
  /** The tenant exists already. */
  | 'exists'
  /** The key is revoked or expired. */
  | 'not-active'
  /** Another rotation replaced the key before; its successor is named. */
  | 'already-rotated';

/** The database cannot be asked now; nothing was changed, or it is not known whether it was. */
export interface Unavailable {
  readonly kind: 'unavailable';
}

export function refuse(reason: RefusalReason, detail: string): Refusal {
  return { kind: 'refused', reason, detail };
}
