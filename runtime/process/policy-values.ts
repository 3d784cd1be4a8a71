/** Questions about single values of a policy, for the rules that a schema cannot tell (policy-rules.ts). */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

/** A day of the calendar: the parser of dates takes 31 February for a day in March. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

export function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** Whether one gets back to where one was by following fallbacks. */
export function isInCircle(start: string, providers: RuntimePolicy['providers']): boolean {
  const seen = new Set<string>();
  let next = providers[start]?.fallback;
  while (next !== undefined && next !== start && !seen.has(next)) {
    seen.add(next);
    next = providers[next]?.fallback;
  }
  return next === start;
}

/** A user in an address is a secret in a policy. */
export function isPlainAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, pathname } = new URL(url);
  return username === '' && password === '' && !pathname.includes('//');
}
