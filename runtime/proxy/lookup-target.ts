/**
 * What the name of a target means at the moment of a connection; never an address of instance metadata.
 *
 * A policy is checked when it is loaded, and a name server may answer something else later (DNS rebinding). One bad address
 * among several spoils the answer: which of them would be tried first is not known here.
 */
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isMetadataAddress } from './metadata-address.ts';

export const lookupTarget: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, options, (error, found, family) => {
    const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
    if (error === null && addresses.some(isMetadataAddress)) callback(refusal(), '', 0);
    else callback(error, found, family);
  });
};

/** Counts as no connection. */
function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name means an address of instance metadata'), { code: 'EHOSTUNREACH' });
}
