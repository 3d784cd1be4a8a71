/**
 * The OpenAPI document of the operators' port, from the same table that it routes by.
 *
 * Owns the words of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0); every shape is the operation's own.
 */
import { STATUS_CODES } from 'node:http';
import type { Answer, Operation } from '../http/operations/operation.ts';
import { IN_PATH, PROBLEM } from '../http/operations/schemas.ts';
import { VERSION } from '../version.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

export function formatOpenApi(operations: readonly Operation[]): Json {
  const paths = [...new Set(operations.map(({ path }) => path))];
  return {
    openapi: '3.1.0',
    info: { title: 'Seaworthy administration', version: VERSION },
    paths: Object.fromEntries(
      paths.map((path) => [
        path,
        Object.fromEntries(
          operations
            .filter((operation) => operation.path === path)
            .map((operation) => [operation.method.toLowerCase(), describe(operation)]),
        ),
      ]),
    ),
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { administrator: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe(operation: Operation): Json {
  const { id, summary, access, body, isBodyOptional } = operation;
  return {
    operationId: id,
    summary,
    security: access === 'admin' ? [{ administrator: [] }] : [],
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !isBodyOptional, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(operation),
  };
}

function parametersOf({ path, query = {}, headers = {} }: Operation): readonly Json[] {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map((found) => found[1] ?? '');
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: IN_PATH })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })),
  ];
}

function responsesOf(operation: Operation): Json {
  const { answers } = operation;
  const problems = problemsOf(operation).filter((status) => answers[status] === undefined);
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, answer]) => [status, describeAnswer(status, answer)] as const),
    ...problems.map((status) => [status, { description: STATUS_CODES[status], content: PROBLEM_CONTENT }] as const),
  ]);
}

/** What any operation of its kind may answer, and what this one adds. */
function problemsOf({ access, path, body, problems = [] }: Operation): readonly number[] {
  const all = [
    ...(access === 'admin' ? [401, 403, 404] : []),
    ...(path.includes('{') ? [404] : []),
    ...(body === undefined ? [] : [413, 415]),
    400,
    500,
    ...problems,
  ];
  return [...new Set(all)].sort((a, b) => a - b);
}

function describeAnswer(status: string, { description, type = 'application/json', schema }: Answer): Json {
  if (status === '204') return { description };
  return { description, content: { [type.split(';', 1)[0] ?? type]: schema === undefined ? {} : { schema } } };
}
