/** Writes a generated spec into a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { specDocuments } from './spec-documents.ts';

/** Writes the spec of a system of `services` services below `folder` and says where it begins. */
export function generateSpec(folder: string, services: number): string {
  for (const { path, text } of specDocuments(services)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  return folder;
}
