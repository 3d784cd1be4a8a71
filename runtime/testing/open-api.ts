/**
 * Holds answers to the OpenAPI document that describes them.
 *
 * An answer with a status or a type that the document does not have is as wrong as one of another shape.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';

export interface Described {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly isAdmin: boolean;
  readonly statuses: readonly number[];
}

export interface OpenApiCheck {
  readonly operations: readonly Described[];
  /** What is wrong with an answer; empty when it is as described. */
  faultsOf(operationId: string, status: number, type: string | null, text: string): readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

export function checkAgainst(document: unknown): OpenApiCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)));
  ajv.addSchema(node(document), 'document');
  const operations = Object.entries(node(node(document)['paths'])).flatMap(([path, methods]) =>
    Object.entries(node(methods)).map(([method, value]) => {
      const operation = node(value);
      return {
        id: String(operation['operationId']),
        method: method.toUpperCase(),
        path,
        isAdmin: JSON.stringify(operation['security']) !== '[]',
        statuses: Object.keys(node(operation['responses'])).map(Number),
        responses: node(operation['responses']),
      };
    }),
  );

  function schemaFault(pointer: readonly string[], text: string): readonly string[] {
    const path = pointer
      .map((token) => encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = ajv.compile({ $ref: `document#/${path}` });
    if (validate(JSON.parse(text))) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }

  return {
    operations,
    faultsOf(operationId, status, type, text) {
      const operation = operations.find(({ id }) => id === operationId);
      const response = operation?.responses[String(status)];
      if (operation === undefined || response === undefined) return [`${operationId}: ${status} is not described`];
      if (status === 204) return text === '' ? [] : [`${operationId}: 204 has no body`];
      const bare = (type ?? '').split(';', 1)[0] ?? '';
      const content = node(node(response)['content'])[bare];
      if (content === undefined) return [`${operationId}: ${status} as ${bare} is not described`];
      if (node(content)['schema'] === undefined) return [];
      const { path, method } = operation;
      const place = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', bare, 'schema'];
      return schemaFault(place, text).map((fault) => `${operationId} ${status}: ${fault}`);
    },
  };
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
