/**
 * Issues and revokes API keys.
 *
 * The text of a key exists only in the answer: it is shown once, and what is stored cannot give it back.
 */
import type { Row } from '../storage/database.ts';
import { digestSecret, generateApiKey } from './api-key.ts';
import { insertKey, type NewKey } from './key-records.ts';

export interface IssuedApiKey {
  /** Public, for lists, logs and revocation. */
  readonly id: string;
  /** The whole key. Show it once and forget it. */
  readonly text: string;
}

export interface IssueOptions {
  readonly query: (sql: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;
  readonly prefix: string;
  readonly pepper: string;
}

export async function issueApiKey({ query, prefix, pepper }: IssueOptions, key: NewKey): Promise<IssuedApiKey> {
  const { text, parts } = generateApiKey(prefix);
  await insertKey(query, parts.id, digestSecret(parts.secret, pepper), key);
  return { id: parts.id, text };
}
