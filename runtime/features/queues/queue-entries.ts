/**
 * Jobs as entries of a stream, and what Redis says of them.
 *
 * Owns the form: `job` is JSON, beside it who asked (request id, W3C trace context). Replies of Redis are unknown until read
 * here.
 */
export interface JobContext {
  /** Of the request that caused the job, for its log lines. */
  readonly requestId?: string | undefined;
  /** W3C trace context of the caller. */
  readonly traceparent?: string | undefined;
}

export interface RawEntry {
  readonly id: string;
  /** Undefined when the entry was deleted meanwhile. */
  readonly fields: ReadonlyMap<string, string> | undefined;
}

export interface PendingEntry {
  readonly id: string;
  readonly consumer: string;
  readonly idleMs: number;
  readonly deliveries: number;
}

/** Flat field list of an entry. Fails when the job does not survive JSON. */
export function formatJob(job: unknown, { requestId, traceparent }: JobContext): readonly string[] {
  const text = JSON.stringify(job);
  if (text === undefined) throw new TypeError('queue: a job must be a JSON value');
  return [
    'job',
    text,
    ...(requestId === undefined ? [] : ['request_id', requestId]),
    ...(traceparent === undefined ? [] : ['traceparent', traceparent]),
  ];
}

/** Entries of an XAUTOCLAIM or XRANGE reply: `[[id, [field, value, ...]], ...]`. */
export function readEntries(reply: unknown): readonly RawEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((item): readonly RawEntry[] => {
    if (!Array.isArray(item) || typeof item[0] !== 'string') return [];
    return [{ id: item[0], fields: readFields(item[1]) }];
  });
}

/** Entries of an XREADGROUP reply for one stream: `[[stream, entries]]`, or null when none came in time. */
export function readStreams(reply: unknown): readonly RawEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((stream) => (Array.isArray(stream) ? readEntries(stream[1]) : []));
}

/** Entries of an XPENDING reply with a range. */
export function readPending(reply: unknown): readonly PendingEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((item): readonly PendingEntry[] => {
    if (!Array.isArray(item)) return [];
    const [id, consumer, idleMs, deliveries] = item;
    return [{ id: String(id), consumer: String(consumer), idleMs: Number(idleMs), deliveries: Number(deliveries) }];
  });
}

function readFields(list: unknown): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(list)) return undefined;
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < list.length; index += 2) fields.set(String(list[index]), String(list[index + 1]));
  return fields;
}
