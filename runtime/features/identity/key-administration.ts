/**
 * What administrators do with API keys: make, list, look at, rotate, revoke.
 *
 * The text of a key exists only in the answer that makes it: it is shown once, and what is stored cannot give it back.
 * Every change is told to the audit, whatever came of it. Who may ask is decided by the caller of these functions.
 */
import { DAY_MS } from '../../../schemas/units/duration.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Row } from '../../storage/postgres/database.ts';
import type { Storage } from '../../storage/postgres/storage.ts';
import { digestSecret, generateApiKey } from './api-key.ts';
import { type Actor, type Audit, type Refusal, refuse, type Unavailable } from './audit.ts';
import { audited, orUnavailable } from './audited.ts';
import { checkNewKey, type KeyRules } from './check-new-key.ts';
import { insertKey, type KeyIdentity, type NewKey } from './key-records.ts';
import { type KeyView, viewKey } from './key-view.ts';
import { type KeyPage, type KeyQuery, listKeys } from './list-keys.ts';
import { rotateKey } from './rotate-key.ts';

export interface KeyAdministration {
  create(key: NewKey, by: Actor): Promise<Created | Refusal | Unavailable>;
  list(query?: KeyQuery): Promise<KeyPage | Refusal | Unavailable>;
  get(id: string): Promise<{ readonly kind: 'found'; readonly key: KeyView } | Refusal | Unavailable>;
  rotate(id: string, options: RotateOptions, by: Actor): Promise<RotateResult | Refusal | Unavailable>;
  /** Ends a key for ever, here at once and on other replicas as soon as they hear of it. Again: the same answer. */
  revoke(id: string, by: Actor): Promise<{ readonly kind: 'revoked'; readonly key: KeyView } | Refusal | Unavailable>;
}

export interface Created {
  readonly kind: 'created';
  readonly key: KeyView;
  /** The whole key. Show it once and forget it. */
  readonly text: string;
}

export interface RotateOptions {
  /** How long the old key works on. Default: `auth.apiKeys.graceMs`. 0 after a leak: it ends at once. */
  readonly graceMs?: number;
  /** The same rotation asked for again is not made again. */
  readonly idempotencyKey?: string;
}

export type RotateResult =
  | {
      readonly kind: 'rotated';
      readonly key: KeyView;
      readonly text: string;
      readonly old: KeyView;
      /** Keys of the chain that were still in grace and ended, since at most two may work. */
      readonly ended: readonly string[];
    }
  /** It was made before with this idempotency key. Its text was shown then; who lost it rotates `key`. */
  | { readonly kind: 'repeated'; readonly key: KeyView };

export interface KeyAdministrationOptions {
  readonly storage: Pick<Storage, 'query' | 'read' | 'transaction'>;
  readonly prefix: string;
  readonly pepper: string;
  readonly clock: Clock;
  /** As the policy in force says. */
  readonly rules: () => KeyRules & { readonly graceMs: number };
  /** Undefined unless tenants are kept in the database: then a key must name one that is there. */
  readonly hasTenant: (() => ((id: string) => Promise<boolean>) | undefined) | undefined;
  /** Tells that the row of a key has changed here. */
  readonly onChange: (id: string) => void;
  readonly audit: Audit;
}

const MAX_GRACE_MS = 366 * DAY_MS;
const NOT_FOUND = refuse('not-found', 'There is no such key.');

export function createKeyAdministration(options: KeyAdministrationOptions): KeyAdministration {
  const { storage, prefix, pepper, clock, rules, onChange, audit } = options;
  const view = (row: Row): KeyView => viewKey(row, prefix, clock.wallMs());

  function makeKey(): { readonly text: string; readonly own: KeyIdentity } {
    const { text, parts } = generateApiKey(prefix);
    return { text, own: { id: parts.id, digest: digestSecret(parts.secret, pepper), last4: text.slice(-4) } };
  }

  async function create(key: NewKey): Promise<Created | Refusal> {
    const hasTenant = options.hasTenant?.();
    const wrong = checkNewKey(key, rules());
    if (wrong !== undefined) return wrong;
    if (key.tenant !== undefined && hasTenant !== undefined && !(await hasTenant(key.tenant))) {
      return refuse('invalid', 'There is no such tenant.');
    }
    const { text, own } = makeKey();
    const row = await insertKey(storage.query, own, key);
    onChange(own.id);
    return { kind: 'created', key: view(row), text };
  }

  async function rotate(id: string, { graceMs = rules().graceMs, idempotencyKey }: RotateOptions) {
    if (!Number.isInteger(graceMs) || graceMs < 0 || graceMs > MAX_GRACE_MS) {
      return refuse('invalid', 'The grace must be a whole number of milliseconds, at most a year.');
    }
    const { text, own } = makeKey();
    const nowMs = clock.wallMs();
    const result = await storage.transaction((session) =>
      rotateKey(session, { id, nowMs, graceMs, idempotencyKey, own }),
    );
    if (result.kind === 'refused') return result;
    if (result.kind === 'repeated') return { kind: 'repeated' as const, key: view(result.fresh) };
    for (const changed of [id, own.id, ...result.ended]) onChange(changed);
    return { kind: 'rotated' as const, key: view(result.fresh), text, old: view(result.old), ended: result.ended };
  }

  async function revoke(id: string) {
    const [row] = await storage.query(
      'update seaworthy_api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning *',
      [id],
    );
    onChange(id);
    return row === undefined ? NOT_FOUND : { kind: 'revoked' as const, key: view(row) };
  }

  return {
    create: (key, by) =>
      audited(
        () => create(key),
        audit,
        (result) => ({
          action: 'key.create',
          ...by,
          subject: result.kind === 'created' ? result.key.id : undefined,
          detail: { tenant: key.tenant, key_type: key.keyType, roles: key.roles },
        }),
      ),
    list: (query = {}) => orUnavailable(() => listKeys(storage.read, query, clock.wallMs(), view)),
    get: (id) =>
      orUnavailable(async () => {
        // From the primary: who looks at one key has often just changed it.
        const [row] = await storage.query('select * from seaworthy_api_keys where id = $1', [id]);
        return row === undefined ? NOT_FOUND : { kind: 'found' as const, key: view(row) };
      }),
    rotate: (id, rotation, by) =>
      audited(
        () => rotate(id, rotation),
        audit,
        (result) => ({
          action: 'key.rotate',
          ...by,
          subject: id,
          detail:
            result.kind === 'rotated'
              ? { new_key: result.key.id, expires_at_ms: result.old.expiresAtMs, ended: result.ended }
              : {},
        }),
      ),
    revoke: (id, by) =>
      audited(
        () => revoke(id),
        audit,
        () => ({ action: 'key.revoke', ...by, subject: id }),
      ),
  };
}
