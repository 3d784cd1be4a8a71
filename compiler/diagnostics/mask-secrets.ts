/**
 * Secrets that somebody wrote down by mistake.
 *
 * Owns the shapes by which a secret is known wherever it stands, and hiding them: no message and no excerpt shows one, whatever the finding
 * is about. A secret that only its name gives away is found by `checks/identity/no-literal-secret`.
 */

interface Shape {
  /** `a key of Stripe`. */
  readonly what: string;
  readonly pattern: RegExp;
}

const SHAPES: readonly Shape[] = [
  {
    what: 'a private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/,
  },
  { what: 'a key of Stripe', pattern: /\b[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/]{16,}/ },
  { what: 'an access key of AWS', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a token of GitHub', pattern: /\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{22,}/ },
  { what: 'a token of GitLab', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/ },
  {
    what: 'a token of Slack',
    pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/,
  },
  { what: 'a key of Google', pattern: /\bAIza[0-9A-Za-z_-]{35}/ },
  { what: 'a key of a model provider', pattern: /\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}/ },
  { what: 'a key of SendGrid', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/ },
  { what: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a JSON Web Token', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/ },
  // A reference such as `$PASSWORD`, and stars or brackets in a description, stand for a password and are none.
  { what: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:(?![$<{*%])[^\s/@"']+@/ },
];

/** What kind of secret the text holds; undefined when it holds none that shows. */
export const secretIn = (text: string): string | undefined => SHAPES.find(({ pattern }) => pattern.test(text))?.what;

const EVERY: readonly RegExp[] = SHAPES.map(({ pattern }) => new RegExp(pattern, 'g'));

/** The text with dots in place of each secret, as long as before, so that columns stay right. */
export const maskSecrets = (text: string): string =>
  EVERY.reduce((masked, pattern) => masked.replace(pattern, (secret) => secret.replace(/\S/g, '•')), text);
