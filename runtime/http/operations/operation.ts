/**
 * One operation of the operators' port, as data.
 *
 * The application routes by these (middleware/route.ts), checks bodies by their schemas, and the OpenAPI document is
 * printed from them: an operation that is not described does not exist. `path` has parameters in braces; each stands for
 * one segment.
 */

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { defined } from '../../../schemas/data/defined.ts';
import type { Problem } from '../problem.ts';
import type { AuditEntry } from './audit-entry.ts';

export type Schema = Readonly<Record<string, unknown>>;

export type AdminMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
  /** Values of the path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Of the operation's `query`, those that were given. */
  readonly query: Readonly<Record<string, string>>;
  /** Of the operation's `headers`, those that were given. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly by: Actor;
}

/** Who asks, for the audit. */
export interface Actor {
  readonly actor: string;
  readonly requestId: string;
}

export type Result =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly text: string;
      readonly fields?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'empty' }
  | ({ readonly kind: 'problem'; readonly retryAfterSeconds?: number } & Problem);

export interface Answer {
  readonly description: string;
  /** Default: `application/json`. */
  readonly type?: string;
  /** Absent for an answer without a body, or one that is not JSON. */
  readonly schema?: Schema;
}

interface Description {
  /** Unique; also the label of the metric. */
  readonly id: string;
  readonly method: AdminMethod;
  readonly path: string;
  readonly summary: string;
  /** `open`: without a credential. */
  readonly access: 'open' | 'admin';
  /** Schemas of the query's parameters; none is required. */
  readonly query?: Readonly<Record<string, Schema>>;
  /** Headers that it reads, in lower case, and what they are for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers that are not problems, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of its problems beyond those that all have. */
  readonly problems?: readonly number[];
  /** Fields of the response beside the usual ones. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** What the audit keeps of an operation beside who asked and what came of it. */
export type Change = Pick<AuditEntry, 'action' | 'subject' | 'detail'>;

interface Work<Body> {
  readonly run: (call: Call, body: Body) => Result | Promise<Result>;
  /**
   * For the audit, asked after `run`. Absent where nothing changes, and where `run` records by itself because the change
   * may be made though the answer is a problem.
   */
  readonly change?: (call: Call, body: Body) => Change | undefined;
}

export interface Operation extends Description, Work<unknown> {
  /** Undefined where no body is taken. */
  readonly body: Schema | undefined;
  readonly isBodyOptional: boolean;
}

/** An operation without a body. */
export function operation(
  description: Description & {
    readonly run: (call: Call) => Result | Promise<Result>;
    change?: (call: Call) => Change;
  },
): Operation {
  return { ...description, body: undefined, isBodyOptional: false };
}

// Stricter than the format of ajv-formats, which takes moments that Date cannot read.
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const ajv = new Ajv2020({ allErrors: true, strict: true });
ajv.addFormat('date-time', (text) => RFC3339.test(text) && !Number.isNaN(Date.parse(text)));

/** An operation with a JSON body, which has the shape of the schema when `run` gets it. */
export function operationWithBody<Body>(
  description: Description &
    Work<Body> & {
      readonly body: Schema;
      /** No body means an empty object. */
      readonly isBodyOptional?: boolean;
    },
): Operation {
  const validate = ajv.compile<Body>(description.body);
  return {
    ...description,
    isBodyOptional: description.isBodyOptional ?? false,
    change: (call, body) => (validate(body) ? description.change?.(call, body) : undefined),
    run: (call, body) =>
      validate(body)
        ? description.run(call, body)
        : problem(400, 'The body does not have the shape that this operation takes.', {
            errors: (validate.errors ?? []).map(describeError),
          }),
  };
}

/** Paths and bounds; what was sent is not repeated. */
function describeError({ instancePath, keyword, message, params }: ErrorObject): string {
  const where = instancePath === '' ? 'body' : instancePath.slice(1).replaceAll('/', '.');
  const names: unknown = params['additionalProperty'] ?? params['allowedValues'];
  const detail = Array.isArray(names) ? `: ${names.join(', ')}` : '';
  return keyword === 'additionalProperties'
    ? `${where}: has a field that is not known`
    : `${where}: ${message}${detail}`;
}

export function json(status: number, value: unknown): Result {
  return { kind: 'json', status, value };
}

export const EMPTY: Result = { kind: 'empty' };

export function problem(status: number, detail: string, members?: Readonly<Record<string, unknown>>): Result {
  return { kind: 'problem', status, detail, ...defined({ members }) };
}

/** The part that an operation is about is not in this policy. */
export function notHere(what: string): Result {
  return problem(404, `This policy has no ${what}.`);
}

/** The database cannot be asked. */
export const AWAY = {
  kind: 'problem',
  status: 503,
  detail: 'The database cannot be asked now; nothing is known to have changed.',
  retryAfterSeconds: 1,
} as const satisfies Result;
