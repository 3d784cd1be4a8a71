/**
 * The two lines that say what a document is: `apiVersion` and `kind`.
 *
 * Owns which versions and kinds there are. Nothing else about a document can be judged before these are known.
 */

import type { Mapping } from '../../schemas/data/mapping.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteList, quoteText } from '../diagnostics/quote-text.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { describeValue } from './describe-value.ts';
import { holderOf, type ShapeProblem } from './problem.ts';
import { synonymOf } from './synonyms.ts';
import type { DocumentKind } from './valid-document.ts';

export const API_VERSION = 'seaworthy.dev/v1alpha1';

export const KINDS = [
  'System',
  'Service',
  'Datastore',
  'Provider',
  'Environment',
  'Policy',
  'Checklist',
] as const satisfies DocumentKind[];

export interface Header {
  /** The kind, once both lines can be relied on. */
  readonly kind: DocumentKind | undefined;
  readonly problems: readonly ShapeProblem[];
}

export function checkHeader(value: Mapping): Header {
  const version = checkVersion(value);
  const kind = KINDS.find((name) => name === value['kind']);
  const problems = [...version, ...(kind === undefined ? checkKind(value, version) : [])];
  // A missing version does not keep the fields from being judged; a wrong one does.
  const isReadable = version.every(({ info }) => info === VALIDATE.apiVersionMissing);
  return { kind: isReadable ? kind : undefined, problems };
}

function checkVersion(value: Mapping): readonly ShapeProblem[] {
  const version = value['apiVersion'];
  if (version === API_VERSION) return [];
  if (version === undefined || version === null) {
    const message = `the document does not say its \`apiVersion\``;
    return [{ info: VALIDATE.apiVersionMissing, ...place(value, 'apiVersion'), message }];
  }
  const message = `\`apiVersion\` must be \`${API_VERSION}\`, got ${describeValue(version)}`;
  const isForeign =
    typeof version === 'string' &&
    !version.startsWith('seaworthy') &&
    suggestName(version, [API_VERSION]) === undefined;
  // A kind of ours under another version, such as `v1`, may be either; any other kind is surely foreign.
  const isOurs = KINDS.some((name) => name === value['kind']);
  const move = 'ove the document out of the spec directory';
  const hint = isOurs
    ? `Write \`apiVersion: ${API_VERSION}\`, or m${move} if it belongs to another tool.`
    : `M${move} if it belongs to another tool.`;
  return [
    {
      info: VALIDATE.apiVersionUnknown,
      path: ['apiVersion'],
      part: 'value',
      message,
      hint: isForeign ? hint : undefined,
    },
  ];
}

function checkKind(value: Mapping, version: readonly ShapeProblem[]): readonly ShapeProblem[] {
  const kind = value['kind'];
  if (kind === undefined || kind === null) {
    const hint = `Add one of ${quoteList(KINDS.map((name) => `kind: ${name}`))}.`;
    return [
      { info: VALIDATE.kindMissing, ...place(value, 'kind'), message: 'the document does not say its `kind`', hint },
    ];
  }
  // A document of another tool is one problem, not two.
  if (version.some(({ info }) => info === VALIDATE.apiVersionUnknown)) return [];
  const message =
    typeof kind === 'string'
      ? `there is no kind ${quoteText(kind)}`
      : `\`kind\` must be a name, got ${describeValue(kind)}`;
  const meant = typeof kind === 'string' ? (synonymOf(kind, KINDS) ?? suggestName(kind, KINDS)) : undefined;
  const hint =
    meant === undefined ? `Known kinds are ${quoteList(KINDS, 'and')}.` : `Did you mean ${quoteText(meant)}?`;
  return [{ info: VALIDATE.kindUnknown, path: ['kind'], part: 'value', message, hint }];
}

/** At the key, if it is there without a value; otherwise at the document's first entry. */
const place = (value: Mapping, key: string): ReturnType<typeof holderOf> =>
  Object.hasOwn(value, key) ? { path: [key], part: 'key' } : holderOf(value, []);
