/**
 * The client's half: the headers that make a request a signed one.
 *
 * For programs that call a signed route, and for tests; the verifier shares with it only how the text is put together.
 */
import { createSecretKey, randomUUID } from 'node:crypto';
import { hashBody, macOf } from './digests.ts';
import { signatureBase } from './message-signatures.ts';
import { decodeSecret } from './secrets.ts';
import { type SimpleHeaders, simpleBase } from './simple-profile.ts';
import { type BareItem, type InnerList, type Item, serializeInnerList } from './structured-fields.ts';

export interface RequestToSign {
  readonly method: string;
  /** Path and query exactly as they will be sent, such as `/rules?dry=1`. */
  readonly target: string;
  /** Default: none. */
  readonly body?: string | Buffer;
}

export interface SimpleSigner {
  readonly profile: 'simple';
  /** As in the variable of the server: text, or `hex:` or `base64:` and bytes. */
  readonly secret: string;
  /** Default: those of the document, `x-signature`, `x-timestamp` and `x-body-hash`. */
  readonly headers?: SimpleHeaders;
}

export interface MessageSigner {
  readonly profile: 'rfc9421';
  readonly secret: string;
  /** What the signer calls its key. */
  readonly keyId: string;
}

export interface SignOptions {
  /** Milliseconds since 1970. Default: now. */
  readonly wallMs?: number;
  /** For `rfc9421`. Default: a random one. */
  readonly nonce?: string;
}

const HEADERS: SimpleHeaders = { signature: 'x-signature', timestamp: 'x-timestamp', bodyHash: 'x-body-hash' };

/**
 * Headers to send with the request, by name in lower case. Sign anew for each attempt: a signature is accepted once.
 *
 * @example fetch(url, { method, body, headers: signRequest({ profile: 'simple', secret }, { method, target, body }) })
 */
export function signRequest(
  signer: SimpleSigner | MessageSigner,
  request: RequestToSign,
  options: SignOptions = {},
): Readonly<Record<string, string>> {
  const { wallMs = Date.now(), nonce = randomUUID() } = options;
  const bytes = decodeSecret(signer.secret);
  if (bytes === undefined) throw new Error('signRequest: the secret is not well formed after its prefix');
  const key = { key: createSecretKey(bytes) };
  const created = Math.floor(wallMs / 1000);
  const body = Buffer.from(request.body ?? '');
  const mac = (text: string): Buffer => macOf(key, text);
  return signer.profile === 'simple'
    ? signSimple(request, body, created, signer.headers ?? HEADERS, mac)
    : signMessage(request, body, { created, nonce, keyId: signer.keyId }, mac);
}

type Mac = (text: string) => Buffer;

function signSimple(
  { method, target }: RequestToSign,
  body: Buffer,
  created: number,
  headers: SimpleHeaders,
  mac: Mac,
) {
  const bodyHash = hashBody('sha256', body).toString('hex');
  return {
    [headers.signature]: mac(simpleBase(method, target, String(created), bodyHash)).toString('hex'),
    [headers.timestamp]: String(created),
    [headers.bodyHash]: bodyHash,
  };
}

interface MessageParameters {
  readonly created: number;
  readonly nonce: string;
  readonly keyId: string;
}

function signMessage({ method, target }: RequestToSign, body: Buffer, parameters: MessageParameters, mac: Mac) {
  const digest = `sha-256=:${hashBody('sha256', body).toString('base64')}:`;
  const covered = ['@method', '@path', '@query', 'content-digest'];
  const input: InnerList = {
    kind: 'list',
    items: covered.map((name): Item => ({ kind: 'item', value: text(name), parameters: new Map() })),
    parameters: new Map<string, BareItem>([
      ['created', { kind: 'integer', value: parameters.created }],
      ['nonce', text(parameters.nonce)],
      ['keyid', text(parameters.keyId)],
    ]),
  };
  const head = { method, target, names: ['content-digest'], rawHeaders: ['content-digest', digest] };
  const base = signatureBase({ ...head, scheme: 'https', authority: '', hasBody: body.length > 0 }, input, covered);
  if (base === undefined) throw new Error('signRequest: a component is missing');
  return {
    'content-digest': digest,
    'signature-input': `sig=${serializeInnerList(input)}`,
    signature: `sig=:${mac(base).toString('base64')}:`,
  };
}

function text(value: string): BareItem {
  return { kind: 'string', value };
}
