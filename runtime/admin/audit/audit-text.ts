/** Texts of the audit: what can be kept, and how much of it is given out. */

import { MOST_TEXT } from '../../http/operations/schemas.ts';

/** A text without what PostgreSQL cannot keep: one such entry would hold up every entry behind it. */
export const storable = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, '\ufffd');

/** A text as `TEXT` gives it out: what somebody sent, such as a name that was refused, may be longer. Undefined for an empty one. */
export function cut(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const characters = [...storable(text.slice(0, 2 * MOST_TEXT + 2))];
  return characters.length <= MOST_TEXT ? characters.join('') : `${characters.slice(0, MOST_TEXT - 1).join('')}…`;
}
