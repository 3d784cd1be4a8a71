/**
 * What is wrong with a text of a certain form: a path, an origin, a host, an image and the like.
 *
 * Owns the words for each form: what it is, which character or part of the text is at fault, and the text that was probably meant.
 * Relies on the pattern of the schema for the verdict; a form without an entry here is described by its schema.
 */
import { quoteText } from '../diagnostics/quote-text.ts';
import { explainNetwork } from './explain-network.ts';
import { explainPath } from './explain-path.ts';
import type { FormFault } from './form-fault.ts';

export interface Form {
  /** `a URL path from the root`. */
  readonly noun: string;
  /** `field` is where the text stands, such as `spec.routes[0].path`. */
  readonly fault: (text: string, field: string) => FormFault;
}

export const formOf = (kind: string): Form | undefined => (Object.hasOwn(FORMS, kind) ? FORMS[kind] : undefined);

const FORMS: Readonly<Record<string, Form>> = {
  path: { noun: 'a URL path from the root', fault: explainPath },
  origin: { noun: 'a browser origin, which is scheme, host and port', fault: explainOrigin },
  host: { noun: 'a host name', fault: explainHost },
  image: { noun: 'a container image with registry and tag', fault: explainImage },
  envName: { noun: 'the name of an environment variable', fault: (text) => explainIdentifier(text, 'upper') },
  metricName: { noun: 'the name of a metric', fault: (text) => explainIdentifier(text, 'any') },
  labelName: { noun: 'the name of a Prometheus label', fault: (text) => explainIdentifier(text, 'any') },
  headerName: {
    noun: 'the name of a field',
    fault: (text) => {
      const character = strange(text, /[A-Za-z0-9-]/);
      return { reason: character === undefined ? 'it does not have this form' : `${character} cannot stand in it` };
    },
  },
  secretKey: {
    noun: 'a key inside a secret',
    fault: (text) => {
      const character = strange(text, /[-._a-zA-Z0-9]/);
      const hint = 'Write letters, digits, `-`, `_` and `.`, at most 253 characters.';
      return {
        reason: character === undefined ? 'it does not have this form' : `${character} cannot stand in it`,
        hint,
      };
    },
  },
  line: {
    noun: 'a text on one line',
    fault: () => ({ reason: 'it has several lines, or a tab', hint: 'Write it on one line.' }),
  },
  version: {
    noun: 'a version as major.minor',
    fault: (text) => {
      const numbers = /^v?(\d+\.\d+)/.exec(text)?.[1];
      return { reason: 'it does not have this form', hint: numbers && `Write \`"${numbers}"\`.` };
    },
  },
  cidr: {
    noun: 'a network in CIDR notation',
    fault: (text) => explainNetwork(text) ?? { reason: 'it does not have this form' },
  },
};

/** The first character that the form does not take, in words. */
const strange = (text: string, allowed: RegExp): string | undefined => {
  const found = [...text].find((character) => !allowed.test(character));
  return found === undefined ? undefined : found === ' ' ? 'a space' : quoteText(found);
};

function explainOrigin(text: string): FormFault {
  const lower = text.toLowerCase();
  const [, scheme, host = '', port = '', rest = ''] = /^(https?:\/\/)?([^/:?#]*)(:\d+)?(.*)$/.exec(lower) ?? [];
  const whole = `${scheme ?? 'https://'}${host}${port}`;
  if (/^[a-z]+:\/\//.test(lower) && scheme === undefined)
    return { reason: 'only pages over `https` and `http` have such an origin' };
  if (host.includes('*'))
    return {
      reason:
        '`*` cannot stand for a part of a host, because a browser sends one whole origin and it is compared letter by letter',
      hint: `List every origin, such as \`${whole.replace('*', 'app')}\` and \`${whole.replace('*', 'www')}\`.`,
    };
  if (rest === '/') return { reason: 'the `/` at its end is no part of an origin', hint: `Write \`${whole}\`.` };
  if (rest !== '')
    return { reason: `${quoteText(rest)} behind the host is no part of an origin`, hint: `Write \`${whole}\`.` };
  if (scheme === undefined) return { reason: 'the scheme is missing', hint: `Write \`${whole}\`.` };
  if (lower !== text) return { reason: 'it must be in lower case', hint: `Write \`${whole}\`.` };
  return characterFault(host, /[a-z0-9.-]/) ?? { reason: 'it does not have this form' };
}

function explainHost(text: string): FormFault {
  const lower = text.toLowerCase();
  const host = lower
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/:?#].*$/, '')
    .replace(/\.$/, '');
  const write = `Write \`${host}\`.`;
  if (host.includes('*'))
    return { reason: '`*` cannot stand for a part of a host', hint: 'List every host by its whole name.' };
  if (lower.includes('://')) return { reason: 'the scheme is no part of a host', hint: write };
  if (/[/:?#]/.test(text)) return { reason: 'a port or path is no part of a host', hint: write };
  if (text.endsWith('.')) return { reason: 'the `.` at its end does not belong there', hint: write };
  if (lower !== text) return { reason: 'it must be in lower case', hint: write };
  return (
    characterFault(text, /[a-z0-9.-]/) ??
    longLabel(text) ?? { reason: 'each part must start and end with a letter or digit' }
  );
}

function longLabel(text: string): FormFault | undefined {
  const label = text.split('.').find((part) => part.length > 63);
  return label === undefined
    ? undefined
    : { reason: `its part ${quoteText(label)} has ${label.length} characters, and 63 is the most` };
}

const characterFault = (text: string, allowed: RegExp): FormFault | undefined => {
  const character = strange(text, allowed);
  return character === undefined ? undefined : { reason: `${character} cannot stand in it` };
};

function explainImage(text: string): FormFault {
  const lower = text.replace(/^[^:@]*/, (name) => name.toLowerCase());
  if (lower !== text) return { reason: 'registry and name must be in lower case', hint: `Write \`${lower}\`.` };
  if (!text.includes('/'))
    return {
      reason: 'its registry is missing, and it would depend on the node where it is pulled from',
      hint: `Write \`docker.io/library/${text}\` for an official image of Docker Hub, or name your own registry.`,
    };
  if (/@(?!sha256:[0-9a-f]{64}$)/.test(text))
    return {
      reason: 'its digest is not `sha256:` and 64 hexadecimal digits',
      hint: 'Copy the digest that the release printed.',
    };
  return characterFault(text, /[A-Za-z0-9._:@/-]/) ?? { reason: 'it does not have this form' };
}

function explainIdentifier(text: string, wanted: 'upper' | 'any'): FormFault {
  const cased = wanted === 'upper' ? text.toUpperCase() : text;
  const better = cased.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, wanted === 'upper' ? '' : '_');
  const named = wanted === 'upper' ? better.replace(/^[^A-Z]+/, '') : better;
  const hint = /^[A-Za-z_]/.test(named) ? `Write \`${named}\`.` : undefined;
  const character = strange(text, /[A-Za-z0-9_]/);
  if (character !== undefined) return { reason: `${character} cannot stand in it`, hint };
  if (/^\d/.test(text)) return { reason: 'it begins with a digit', hint };
  return { reason: wanted === 'upper' ? 'it must be in upper case' : 'it does not have this form', hint };
}
