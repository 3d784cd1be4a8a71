/**
 * Which compiled policy is meant, by its file or by the names of its system and environment.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suggestName } from '../../diagnostics/suggest-name.ts';
import { type Arguments, UsageError } from '../command.ts';
import { reasonOf } from '../disk-failures.ts';
import { outRootOf } from '../spec-options.ts';

export function findPolicy(args: Arguments): string {
  const given = args.text('policy');
  if (given !== undefined) return given;
  const root = outRootOf(args);
  const system = choose('system', args.text('system'), foldersWithPolicy(root));
  const environment = choose('environment', args.text('environment'), foldersWithPolicy(`${root}/${system}`));
  return `${root}/${system}/${environment}/runtime/policy.json`;
}

export function readPolicy(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UsageError(
      `\`${path}\` cannot be read: ${reason}`,
      'Run `seaworthy compile` first, or name a file with `--policy FILE`.',
    );
  }
}

/** The one that is named, or the only one there is. */
function choose(kind: string, name: string | undefined, known: readonly string[]): string {
  const only = known.length === 1 ? known[0] : undefined;
  const chosen = name ?? only;
  if (chosen !== undefined && known.includes(chosen)) return chosen;
  if (known.length === 0)
    throw new UsageError(
      'there is no compiled policy',
      'Run `seaworthy compile` first; the system must want the target `runtime`.',
    );
  if (chosen === undefined)
    throw new UsageError(`name the ${kind} with \`--${kind}\``, `There is ${known.join(', ')}.`);
  const near = suggestName(chosen, known);
  throw new UsageError(
    `no policy is compiled for the ${kind} \`${chosen}\``,
    near === undefined ? `There is ${known.join(', ')}.` : `Did you mean \`${near}\`?`,
  );
}

function foldersWithPolicy(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  const hasPolicy = (folder: string): boolean =>
    existsSync(`${folder}/runtime/policy.json`) ||
    readdirSync(folder).some((name) => existsSync(`${folder}/${name}/runtime/policy.json`));
  return folders
    .map(({ name }) => name)
    .filter((name) => hasPolicy(`${root}/${name}`))
    .sort();
}
