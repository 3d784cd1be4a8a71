/** Questions about single values of a policy, for the rules that a schema cannot tell (policy-rules.ts). */
/** A day of the calendar: the parser of dates takes 31 February for a day in March. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
