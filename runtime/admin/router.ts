/**
 * Which operation a request of the operators' port is for.
 *
 * Paths are compared segment by segment as they were sent: nothing is normalised, so nothing has two names. A parameter is
 * decoded once, and only then.
 */
import type { Operation } from './operation.ts';

export type RouteResult =
  | { readonly kind: 'operation'; readonly operation: Operation; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'no-method'; readonly allow: readonly string[] }
  | { readonly kind: 'no-path' };

export function findOperation(operations: readonly Operation[], method: string, path: string): RouteResult {
  const asked = method === 'HEAD' ? 'GET' : method;
  const allow: string[] = [];
  for (const operation of operations) {
    const params = matchPath(operation.path, path);
    if (params === undefined) continue;
    if (operation.method === asked) return { kind: 'operation', operation, params };
    allow.push(operation.method);
  }
  if (allow.length === 0) return { kind: 'no-path' };
  return { kind: 'no-method', allow: [...new Set(allow.includes('GET') ? [...allow, 'HEAD'] : allow)].sort() };
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const names = template.split('/');
  const segments = path.split('/');
  if (names.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index] ?? '';
    if (!name.startsWith('{')) {
      if (name !== segment) return undefined;
      continue;
    }
    const value = decode(segment);
    if (value === undefined || value === '') return undefined;
    params[name.slice(1, -1)] = value;
  }
  return params;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
