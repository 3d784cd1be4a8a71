/**
 * The profile of HTTP Message Signatures (RFC 9421) with hmac-sha256.
 *
 * Narrower than the RFC, so that a valid signature means something: one label; `created`, `nonce` and `keyid` are there;
 * method, path and query are covered, and a body is by its Content-Digest (RFC 9530). Components with parameters and those
 * of responses are not read. `keyid` names the signer's key for the signer; each active secret is tried whatever it says.
 */
import { type BodyDigest, type Claim, denied, type ReadClaim, type SignedHead, valuesOf } from './claim.ts';
import type { HashAlgorithm } from './digests.ts';
import { type BareItem, type InnerList, parseDictionary, serializeInnerList } from './structured-fields.ts';

const MAC_BYTES = 32;
const MAX_COMPONENTS = 32;
const MAX_NAME = 128;
const ALGORITHMS: Readonly<Record<string, { readonly hash: HashAlgorithm; readonly bytes: number }>> = {
  'sha-256': { hash: 'sha256', bytes: 32 },
  'sha-512': { hash: 'sha512', bytes: 64 },
};

export function rfc9421(head: SignedHead): ReadClaim {
  const inputs = valuesOf(head, 'signature-input');
  const signatures = valuesOf(head, 'signature');
  if (inputs.length === 0 || signatures.length === 0) return denied('missing');
  const input = onlyMember(inputs);
  const signature = onlyMember(signatures);
  if (input?.member.kind !== 'list' || signature?.member.kind !== 'item') return denied('malformed');
  const mac = signature.member.value;
  if (input.label !== signature.label || mac.kind !== 'bytes' || mac.value.length !== MAC_BYTES) {
    return denied('malformed');
  }
  return readInput(head, input.member, mac.value);
}

function readInput(head: SignedHead, input: InnerList, mac: Buffer): ReadClaim {
  const covered = coveredNames(input);
  const base = covered && signatureBase(head, input, covered);
  const parameters = readParameters(input);
  if (covered === undefined || base === undefined || parameters === undefined) return denied('malformed');
  if (!coversTarget(covered)) return denied('uncovered');
  if (!covered.includes('content-digest')) {
    return head.hasBody ? denied('body-unsigned') : claim({ base, mac, ...parameters, bodyDigests: [] });
  }
  const bodyDigests = readDigests(valuesOf(head, 'content-digest'));
  return bodyDigests === undefined ? denied('malformed') : claim({ base, mac, ...parameters, bodyDigests });
}

function claim(value: Claim): ReadClaim {
  return { kind: 'claim', claim: value };
}

/** The member of a dictionary of one; two signatures on a request would leave open which one counts. */
function onlyMember(lines: readonly string[]) {
  const members = [...(parseDictionary(lines.join(', ')) ?? [])];
  const [first] = members;
  return members.length === 1 && first !== undefined ? { label: first[0], member: first[1] } : undefined;
}

/** Undefined when a component comes twice, has parameters, or is no string. */
function coveredNames({ items }: InnerList): readonly string[] | undefined {
  const names = items.map(({ value, parameters }) =>
    value.kind === 'string' && parameters.size === 0 ? value.value : '',
  );
  const isPlain = names.length <= MAX_COMPONENTS && !names.includes('') && new Set(names).size === names.length;
  return isPlain ? names : undefined;
}

function coversTarget(covered: readonly string[]): boolean {
  if (!covered.includes('@method')) return false;
  if (covered.includes('@target-uri') || covered.includes('@request-target')) return true;
  return covered.includes('@path') && covered.includes('@query');
}

type Parameters = Pick<Claim, 'createdMs' | 'expiresMs' | 'nonce'>;

function readParameters({ parameters }: InnerList): Parameters | undefined {
  const created = seconds(parameters.get('created'));
  const expires = seconds(parameters.get('expires'));
  const nonce = name(parameters.get('nonce'));
  const keyId = name(parameters.get('keyid'));
  const algorithm = parameters.get('alg');
  if (created === undefined || nonce === undefined || keyId === undefined) return undefined;
  if (parameters.has('expires') && expires === undefined) return undefined;
  if (algorithm !== undefined && !(algorithm.kind === 'string' && algorithm.value === 'hmac-sha256')) return undefined;
  return { createdMs: created, expiresMs: expires, nonce: JSON.stringify([keyId, nonce]) };
}

function seconds(item: BareItem | undefined): number | undefined {
  return item?.kind === 'integer' && item.value >= 0 ? item.value * 1000 : undefined;
}

function name(item: BareItem | undefined): string | undefined {
  return item?.kind === 'string' && item.value !== '' && item.value.length <= MAX_NAME ? item.value : undefined;
}

/** RFC 9421, 2.5. Undefined when a component is not there or not known. */
export function signatureBase(head: SignedHead, input: InnerList, covered: readonly string[]): string | undefined {
  const lines: string[] = [];
  for (const component of covered) {
    const value = component.startsWith('@') ? derived(head, component) : fieldOf(head, component);
    if (value === undefined) return undefined;
    lines.push(`"${component}": ${value}`);
  }
  lines.push(`"@signature-params": ${serializeInnerList(input)}`);
  return lines.join('\n');
}

function fieldOf(head: SignedHead, component: string): string | undefined {
  const values = valuesOf(head, component);
  return values.length === 0 ? undefined : values.join(', ');
}

/** RFC 9421, 2.2. */
function derived({ method, target, scheme, authority }: SignedHead, component: string): string | undefined {
  const mark = target.indexOf('?');
  switch (component) {
    case '@method':
      return method;
    case '@request-target':
      return target;
    case '@path':
      return mark === -1 ? target : target.slice(0, mark);
    case '@query':
      return mark === -1 ? '?' : target.slice(mark);
    case '@scheme':
      return scheme;
    case '@authority':
      return normalAuthority(scheme, authority);
    case '@target-uri':
      return `${scheme}://${normalAuthority(scheme, authority)}${target}`;
    default:
      return undefined;
  }
}

function normalAuthority(scheme: string, authority: string): string {
  return authority.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '');
}

/** Those of algorithms that are known, at least one (RFC 9530, 2). */
function readDigests(lines: readonly string[]): readonly BodyDigest[] | undefined {
  const digests: BodyDigest[] = [];
  for (const [label, member] of parseDictionary(lines.join(', ')) ?? []) {
    const known = Object.hasOwn(ALGORITHMS, label) ? ALGORITHMS[label] : undefined;
    if (known === undefined) continue;
    const value = member.kind === 'item' && member.value.kind === 'bytes' ? member.value.value : undefined;
    if (value?.length !== known.bytes) return undefined;
    digests.push({ algorithm: known.hash, value });
  }
  return digests.length === 0 ? undefined : digests;
}
