/**
 * The port for operators: metrics, probes and status for whoever reaches it, administration for whoever has the token.
 *
 * A plain server without the gateway's policies, so that what looks at the gateway does not depend on it. Owns the way of
 * a request from its target to its operation (operation.ts); what operations do is in operations/.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ADMIN_RESULTS, type AdminResult } from '../../schemas/metrics.ts';
import { formatProblem } from '../http/problem.ts';
import { boundRest } from '../http/time-limits.ts';
import { describeBug } from '../telemetry/log.ts';
import type { AdminParts } from './admin-parts.ts';
import { type Access, authorize } from './authorize.ts';
import { type Actor, type Operation, problem, type Result } from './operation.ts';
import { listOperations, probeOperations } from './operations.ts';
import { readBody } from './read-body.ts';
import { createQueryReader } from './read-query.ts';
import { findOperation } from './router.ts';
import { MOST_IN_PATH } from './schemas.ts';

const ADMIN = /^\/v1\/admin(?:\/|$)/;
const ADMINISTRATOR = 'administrator';

const OPTIONS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};

export function createAdminServer(parts: AdminParts): Server {
  const { log, registry, bugs } = parts.resources;
  const operations = listOperations(parts);
  const readQuery = createQueryReader(operations);
  const countRequest = registry.counter(
    'admin_requests_total',
    ADMIN_RESULTS.map((result) => ({ result })),
  );

  async function answer(req: IncomingMessage, requestId: string): Promise<Reply> {
    const [path = '', query = ''] = splitTarget(req.url ?? '');
    if (ADMIN.test(path)) {
      const refusal = await refuseStranger(req);
      if (refusal !== undefined) return refusal;
    }
    const found = findOperation([...probeOperations(parts), ...operations], req.method ?? '', path);
    if (found.kind === 'no-path')
      return { result: problem(404, 'There is nothing here; /v1/openapi.json tells what is.') };
    if (found.kind === 'no-method') {
      return {
        result: problem(405, `This resource allows ${found.allow.join(', ')}.`),
        fields: { allow: found.allow.join(', ') },
      };
    }
    const { operation, params } = found;
    return { result: await run(req, operation, params, query, requestId), operation };
  }

  async function run(
    req: IncomingMessage,
    operation: Operation,
    params: Readonly<Record<string, string>>,
    queryText: string,
    requestId: string,
  ): Promise<Result> {
    const query = readQuery(operation, queryText);
    if (query.kind === 'refused') return problem(400, query.detail);
    if (Object.values(params).some((value) => [...value].length > MOST_IN_PATH)) {
      return problem(400, `A parameter of this path has more than ${MOST_IN_PATH} characters.`);
    }
    const headers = readHeaders(req, operation);
    if (headers === undefined) return problem(400, 'A header that this operation reads is not one short line of text.');
    const body = operation.body === undefined ? undefined : await takeBody(req, operation);
    if (body?.kind === 'refused') return problem(body.status, body.detail);
    const by: Actor = { actor: ADMINISTRATOR, requestId };
    return operation.run({ params, query: query.values, headers, requestId, by }, body?.value);
  }

  /** Undefined for the administrator. */
  async function refuseStranger(req: IncomingMessage): Promise<Reply | undefined> {
    const { adminToken, identity } = parts.resources;
    const keyHeader = parts.snapshot().policy.auth.apiKeys.header;
    const access = await authorize(req, { adminToken, keys: identity?.keys, keyHeader });
    if (access === 'admin') return undefined;
    if (access !== 'absent') log.warn({ reason: access, client: req.socket.remoteAddress }, 'administration refused');
    return STRANGERS[access];
  }

  return createServer(OPTIONS, (req, res) => {
    boundRest(req, res);
    const requestId = randomUUID();
    answer(req, requestId)
      .catch((error: unknown): Reply => {
        log.error({ ...describeBug(error), request_id: requestId }, 'bug');
        bugs.report(error, { digest: parts.snapshot().digest });
        return { result: problem(500, 'Something went wrong here.') };
      })
      .then((reply) => {
        if (ADMIN.test(req.url ?? '') && parts.resources.adminToken !== undefined) {
          countRequest({ result: resultOf(reply.result) });
        }
        send(req, res, reply, requestId);
      })
      .catch(() => res.destroy());
  });
}

interface Reply {
  readonly result: Result;
  readonly operation?: Operation;
  readonly fields?: Readonly<Record<string, string>>;
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="administration"' };
const STRANGERS: Readonly<Record<Exclude<Access, 'admin'>, Reply>> = {
  absent: { result: problem(404, 'There is nothing here; /v1/openapi.json tells what is.') },
  missing: { result: problem(401, 'A credential is required.'), fields: CHALLENGE },
  wrong: { result: problem(401, 'This credential is not accepted.'), fields: CHALLENGE },
  'tenant-key': { result: problem(403, 'An API key does not administer.') },
};

function splitTarget(url: string): readonly [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

async function takeBody(req: IncomingMessage, { isBodyOptional }: Operation): ReturnType<typeof readBody> {
  const { headers } = req;
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return isEmpty && isBodyOptional ? { kind: 'json', value: {} } : readBody(req);
}

function readHeaders(req: IncomingMessage, operation: Operation): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const name of Object.keys(operation.headers ?? {})) {
    const lines = req.headersDistinct[name] ?? [];
    const [line] = lines;
    if (line === undefined) continue;
    if (lines.length > 1 || !/^[!-~]{1,255}$/.test(line)) return undefined;
    values[name] = line;
  }
  return values;
}

function resultOf(result: Result): AdminResult {
  if (result.kind !== 'problem') return 'done';
  if (result.status === 401 || result.status === 403) return 'denied';
  return result.status >= 500 ? 'failed' : 'refused';
}

function send(req: IncomingMessage, res: ServerResponse, reply: Reply, requestId: string): void {
  const { result, operation, fields } = reply;
  const { status, type, body, own } = render(result, operation, requestId);
  res.writeHead(status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    // What was not read of a body would be taken for the next request.
    ...(req.complete ? {} : { connection: 'close' }),
    ...fields,
    ...own,
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

interface Rendered {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  readonly own: Readonly<Record<string, string>>;
}

function render(result: Result, operation: Operation | undefined, requestId: string): Rendered {
  switch (result.kind) {
    case 'json':
      return { status: result.status, type: 'application/json', body: JSON.stringify(result.value), own: {} };
    case 'text': {
      const type = operation?.answers[result.status]?.type ?? 'text/plain; charset=utf-8';
      return { status: result.status, type, body: result.text, own: result.fields ?? {} };
    }
    case 'empty':
      return { status: 204, type: undefined, body: '', own: {} };
    case 'problem': {
      const wait = result.retryAfterSeconds;
      const own: Readonly<Record<string, string>> = wait === undefined ? {} : { 'retry-after': String(wait) };
      return { status: result.status, type: 'application/problem+json', body: formatProblem(result, requestId), own };
    }
  }
}
