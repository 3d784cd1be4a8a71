/**
 * What is wrong with a URL path.
 *
 * Owns the ways in which other tools write parameters and patterns. Paths here are taken letter by letter, so each of them would compile
 * into a route that no request ever meets; what is meant is nearly always `match: prefix`.
 */
import { quoteText } from '../diagnostics/quote-text.ts';
import type { FormFault } from './form-fault.ts';

export function explainPath(text: string, field: string): FormFault {
  if (!text.startsWith('/'))
    return /^https?:\/\//.test(text)
      ? { reason: 'it is a whole URL', hint: `Write \`${pathOf(text)}\`.` }
      : { reason: 'it does not begin with `/`', hint: `Write \`/${text}\`.` };
  const segments = text.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    const pattern = patternIn(segment);
    if (pattern === undefined) continue;
    const prefix = `/${segments.slice(0, index).join('/')}`;
    return {
      reason: `${pattern}, and paths are taken letter by letter`,
      hint: /\.routes\[\d+\]|^`routes/.test(field)
        ? `Write \`path: ${prefix}\` with \`match: prefix\`, which takes everything below it.`
        : 'Write the path of one resource.',
    };
  }
  const [, path = '', behind = ''] = /^([^?#]*)([?#].*)?$/.exec(text) ?? [];
  if (behind !== '') return { reason: `${quoteText(behind)} is no part of a path`, hint: `Write \`${path}\`.` };
  if (text.includes('//'))
    return { reason: 'it has an empty segment', hint: `Write \`${text.replace(/\/+/g, '/')}\`.` };
  if (/(^|\/)\.{1,2}(\/|$)/.test(text))
    return { reason: 'it has a segment `.` or `..`', hint: 'Write the path that it leads to.' };
  if (text.includes('%'))
    return {
      reason: 'escapes such as `%20` cannot stand in it',
      hint: 'Route by the part before it, with `match: prefix`.',
    };
  const strange = [...text].find((character) => !/[A-Za-z0-9._~!&',=:@/$-]/.test(character));
  if (strange === undefined) return { reason: 'it does not have this form' };
  return { reason: `${strange === ' ' ? 'a space' : quoteText(strange)} cannot stand in it` };
}

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/, '').replace(/[?#].*/, '') || '/';

/** How the segment stands for more than one text, in words; undefined when it stands for itself. */
function patternIn(segment: string): string | undefined {
  const quoted = quoteText(segment);
  if (/^:|^[{<[].*[}>\]]$|\{.*\}/.test(segment)) return `${quoted} is a parameter`;
  if (segment.includes('*')) return `${quoted} is a wildcard`;
  if (/[()+|^\\[\]<>{}]|\$(?![A-Za-z])|[^/]\$/.test(segment)) return `${quoted} is a regular expression`;
  return undefined;
}
