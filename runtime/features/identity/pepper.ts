/**
 * The key of the keyed hash under which API keys are stored.
 *
 * Beside a server it comes from the environment and must be there: a made-up one would lock every key out after a
 * restart. Beside the embedded database one is made and kept with the data.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoragePlan } from '../../storage/postgres/plan-storage.ts';

export type Pepper =
  | { readonly kind: 'pepper'; readonly value: string }
  | { readonly kind: 'refused'; readonly reason: string };

const MIN_LENGTH = 32;
const FILE = 'api-key-pepper';

/** Finds the pepper. `name` is the environment variable and `value` what it holds. */
export async function findPepper(name: string, value: string | undefined, plan: StoragePlan): Promise<Pepper> {
  if (value !== undefined && value !== '') {
    if (value.length >= MIN_LENGTH) return { kind: 'pepper', value };
    return { kind: 'refused', reason: `${name} must hold at least ${MIN_LENGTH} characters` };
  }
  if (plan.kind !== 'embedded') return { kind: 'refused', reason: `${name} must be set: API keys are stored under it` };
  if (plan.directory === undefined) return { kind: 'pepper', value: generate() };
  return { kind: 'pepper', value: await keepInDirectory(plan.directory) };
}

/** Beside the data directory and not in it: the database owns what is inside. */
async function keepInDirectory(directory: string): Promise<string> {
  const path = `${join(directory)}.${FILE}`;
  await mkdir(join(directory, '..'), { recursive: true });
  // `wx` lets one of two processes win, and both read what the winner wrote.
  await writeFile(path, generate(), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return readFile(path, 'utf8');
}

function generate(): string {
  return randomBytes(32).toString('base64url');
}
