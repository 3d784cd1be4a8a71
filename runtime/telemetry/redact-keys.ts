/**
 * Paths for log lines: a caller who put his API key into a path must not find it in a log.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

/** Makes the function that hides what begins like a key of this policy, up to the end of its segment. */
export function createKeyRedactor({ auth }: RuntimePolicy): (path: string | undefined) => string | undefined {
  const mark = `${auth.apiKeys.prefix}_`;
  const key = new RegExp(`${mark}[^/]*`, 'g');
  return (path) => (path?.includes(mark) ? path.replace(key, `${mark}***`) : path);
}
