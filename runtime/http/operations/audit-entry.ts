/** One thing that was asked of the administration, and what came of it. */
export interface AuditEntry {
  /** `key.rotate`, `breaker.open`: the kind of thing and what should happen to it. */
  readonly action: string;
  readonly actor: string;
  readonly requestId?: string;
  /** What it was about; undefined when it was refused before that was known. */
  readonly subject: string | undefined;
  readonly result: 'done' | 'repeated' | 'refused' | 'unavailable';
  readonly detail?: AuditDetail;
}

export type AuditDetail = Readonly<Record<string, string | number | readonly string[] | undefined>>;
