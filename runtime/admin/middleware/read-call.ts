/** Reads what an operation is told beside its body: parameters of its path and query, and headers, each once and of its shape. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Operation, problem } from '../../http/operations/operation.ts';
import { MOST_IN_PATH } from '../../http/operations/schemas.ts';
import type { RouteContext, RouteMiddleware } from './admin-state.ts';
import { answer } from './answer.ts';

const ADMINISTRATOR = 'administrator';

// The text of a number is a number here; whoever reads the value converts it.
const ajv = new Ajv2020({ coerceTypes: true, strict: true });

export function readCall({ query: schemas = {}, headers: fields = {} }: Operation): RouteMiddleware {
  const names = Object.keys(schemas);
  const fits = ajv.compile({ type: 'object', additionalProperties: false, properties: schemas });
  const wanted =
    names.length === 0
      ? 'This operation takes no parameters in its query.'
      : `The query must fit ${names.join(', ')}, each at most once.`;

  return function readCallOf(ctx, next) {
    const { params, state } = ctx;
    const pairs = [...new URLSearchParams(ctx.querystring)];
    const query = Object.fromEntries(pairs);
    if (Object.keys(query).length < pairs.length || !fits({ ...query })) return answer(ctx, problem(400, wanted));
    if (Object.values(params).some((value) => [...value].length > MOST_IN_PATH)) {
      return answer(ctx, problem(400, `A parameter of this path has more than ${MOST_IN_PATH} characters.`));
    }
    const headers = readHeaders(ctx, Object.keys(fields));
    if (headers === undefined) return answer(ctx, problem(400, 'A header of this operation is not one short line.'));
    const { requestId } = state;
    state.call = { params, query, headers, requestId, by: { actor: ADMINISTRATOR, requestId } };
    return next();
  };
}

function readHeaders({ req }: RouteContext, names: readonly string[]): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const name of names) {
    const lines = req.headersDistinct[name] ?? [];
    const [line] = lines;
    if (line === undefined) continue;
    if (lines.length > 1 || !/^[!-~]{1,255}$/.test(line)) return undefined;
    values[name] = line;
  }
  return values;
}
