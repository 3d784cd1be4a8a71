/**
 * Digests as the index prints them.
 */
import { hash } from 'node:crypto';

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

export const digestOf = (content: string | Uint8Array): Digest => `sha256:${hash('sha256', content)}`;

/** Bytes of a text as it stands in a file. */
export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');
