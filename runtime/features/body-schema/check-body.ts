/**
 * Lets only bodies pass that the route has declared, and only for the tenant who sent them.
 *
 * The upstream gets the bytes that were checked, and none that were not. Requests without a body pass where their method
 * needs none.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { readBody } from '../../http/body.ts';
import { type Answer, type Exchange, type Handler, setField, type Verdict } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import type { Clock } from '../../resilience/clock.ts';
import { type BodySchema, compileBodySchema } from './body-schema.ts';
import type { BodyFault } from './describe-faults.ts';
import { readJson } from './read-json.ts';

/** Largest body that is parsed, whatever the route allows: parsing holds up all other requests. */
const MAX_PARSED_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;
const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH']);

/** The policy of one route; undefined where nobody wants to know what is in a body. */
export function checkBody(clock: Clock, route: Route): Handler | undefined {
  const { body, tenantField } = route;
  if (body === undefined && tenantField === undefined) return undefined;
  const schema = body === undefined ? undefined : schemaOf(body);

  function check(exchange: Exchange): Verdict {
    const bytes = exchange.body ?? Buffer.alloc(0);
    if (bytes.length === 0) {
      return BODY_METHODS.has(exchange.method) ? faulty(exchange, [{ pointer: '', detail: 'is required' }]) : undefined;
    }
    if (!isJson(exchange)) return wrongType(exchange);
    const read = readJson(bytes);
    if (read.kind === 'refused') return faulty(exchange, [{ pointer: read.pointer, detail: read.detail }]);
    const faults = schema?.faultsOf(read.value, read.values) ?? [];
    if (faults.length > 0) return faulty(exchange, faults);
    return tenantField === undefined ? undefined : checkTenant(exchange, read.value, tenantField);
  }

  return function checkBody(exchange) {
    const answer = readBody(exchange, MAX_PARSED_BYTES, clock);
    return answer instanceof Promise ? answer.then((late) => late ?? check(exchange)) : (answer ?? check(exchange));
  };
}

/** The policy rules have refused a schema that cannot be compiled; should one come here, nothing passes. */
function schemaOf(body: NonNullable<Route['body']>): BodySchema {
  const compiled = compileBodySchema(body);
  if (compiled.kind === 'schema') return compiled.schema;
  return { faultsOf: () => [{ pointer: '', detail: 'cannot be checked' }] };
}

/** A coded body is not read: what is inside could be a thousand times its size. */
function isJson({ req }: Exchange): boolean {
  const coding = req.headers['content-encoding'] ?? 'identity';
  return JSON_TYPE.test(req.headers['content-type'] ?? '') && coding.toLowerCase() === 'identity';
}

function wrongType(exchange: Exchange): Answer {
  exchange.outcome = 'body-type';
  setField(exchange, 'accept', 'application/json');
  return answerProblem(exchange, {
    status: 415,
    detail: 'The body must be JSON in UTF-8, sent as application/json without a content coding.',
  });
}

function faulty(exchange: Exchange, errors: readonly BodyFault[]): Answer {
  exchange.outcome = 'body-invalid';
  return answerProblem(exchange, {
    status: 400,
    detail: 'The body of this request does not match what this resource takes.',
    members: { errors },
  });
}

function checkTenant(exchange: Exchange, value: unknown, field: string): Verdict {
  const { principal } = exchange;
  const named =
    typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? fieldOf(value, field) : undefined;
  if (typeof named !== 'string') return faulty(exchange, [{ pointer: `/${field}`, detail: 'must name your tenant' }]);
  if (principal.kind === 'api-key' && principal.tenant === named) return undefined;
  exchange.outcome = 'other-tenant';
  return answerProblem(exchange, { status: 403, detail: `${field} must name your tenant.` });
}

function fieldOf(value: object, field: string): unknown {
  return Object.entries(value).find(([name]) => name === field)?.[1];
}
