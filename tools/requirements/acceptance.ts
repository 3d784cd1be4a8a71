/**
 * What the documents of the five systems ask for, and what an audit said of it: both stand beside the project and not in it.
 *
 * Owns how they are read. Where a folder is not there, nobody is asked, and the document keeps what it has.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SYSTEMS } from '../../compiler/testing/compiled-system.ts';

export interface Requirement {
  readonly id: string;
  readonly requirement: string;
  /** The targets that realise it: an alert, a manifest, a page. */
  readonly realizedBy: readonly string[];
}

/** Undefined where `folder` does not hold the files. */
export function readRequirements(folder: string): readonly Requirement[] | undefined {
  if (!existsSync(folder)) return undefined;
  return SYSTEMS.flatMap((system) => {
    const { controls }: { readonly controls: readonly Requirement[] } = parse(
      readFileSync(join(folder, `${system}.yaml`), 'utf8'),
    );
    return controls.map(({ id, requirement, realizedBy }) => ({
      id,
      requirement: requirement.replaceAll(/\s+/g, ' '),
      realizedBy,
    }));
  });
}

export const AUDITED = ['proven', 'compiled', 'partial', 'absent', 'out'] as const;
export type Audited = (typeof AUDITED)[number];

/** Id -> state, from the lines that begin with an id in any of the audits. */
export function readAudits(folder: string): ReadonlyMap<string, Audited> | undefined {
  if (!existsSync(folder)) return undefined;
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return new Map(lines.flatMap(parseAuditLine));
}

function parseAuditLine(line: string): readonly (readonly [string, Audited])[] {
  const [, id = '', word] = /^(?:- |\| )?`?([A-Z]{3}-\d{3})`? \| (\w+)/.exec(line) ?? [];
  const state = AUDITED.find((one) => one === word);
  return state === undefined ? [] : [[id, state]];
}
