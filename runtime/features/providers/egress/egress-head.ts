/**
 * Which fields leave for a provider and which come back.
 *
 * A provider is an outsider: it learns nothing about the caller's caller (addresses, tenant, cookies, request id), and
 * gets exactly the credential that the policy names. That credential never comes back: a response that repeats it loses
 * the field.
 */
import type { IncomingMessage } from 'node:http';
import { isBodiless } from '../../../http/content.ts';
import { connectionNames, forwardsRequestField, passesResponseField } from '../../../http/header-rules.ts';
import type { HeadFields, ResponseHead } from '../../../http/write-head.ts';
import type { PlannedTarget } from '../plan-providers.ts';
import { TARGET_FIELD } from './egress-call.ts';

/** Flat name, value list. */
export function egressRequestHead(req: IncomingMessage, target: PlannedTarget): string[] {
  const { authority, credential } = target;
  const { rawHeaders } = req;
  const listed = connectionNames(req.headers.connection);
  const head = ['host', authority];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    // A length that is also listed in Connection would leave the body unframed.
    if (name !== 'content-length' && !forwardsRequestField(name, listed)) continue;
    if (name === 'cookie' || name === TARGET_FIELD || isReplaced(name, target)) continue;
    head.push(name, rawHeaders[index + 1] ?? '');
  }
  if (credential !== undefined && credential !== 'missing') head.push(credential.header, credential.value);
  return head;
}

/** Where the runtime holds the credential, no other one goes out with it. */
function isReplaced(name: string, { credential }: PlannedTarget): boolean {
  if (credential === undefined || credential === 'missing') return false;
  return name === credential.header || name === 'authorization' || name === 'x-api-key';
}

/** What comes back, as `writeHead` takes it. */
export function egressResponseHead({ status, headers }: ResponseHead, { credential }: PlannedTarget): HeadFields {
  const listed = connectionNames(headers['connection']);
  const secret = credential === undefined || credential === 'missing' ? undefined : credential.secret;
  const fields: HeadFields = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !passesResponseField(name, listed)) continue;
    if (name === 'content-length' && isBodiless(status)) continue;
    if (secret !== undefined && [value].flat().some((one) => one.includes(secret))) continue;
    fields.push(name, value);
  }
  return fields;
}
