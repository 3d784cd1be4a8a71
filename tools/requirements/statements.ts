/**
 * What people say of requirements, in four lists beside this file: what is missing, where an artifact holds it, what is the product's
 * own, and why the table and the audit differ. Everything else about a state is found out, not said.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Something that must stand in the compiled tree of the requirement's system. */
export interface Assertion {
  /** Below `generated/<system>/`; `*` stands for any part of a name, and then every file that fits must hold it. */
  readonly file: string;
  /** A path of which nothing below counts, such as that of an object with rules of its own. */
  readonly except?: string;
  /** How many files fit. Default: 1. */
  readonly count?: number;
  /** A whole line, without its indent. */
  readonly line?: string;
  /** A pointer into a JSON or YAML file. In a list, an item is found by its position, or by its name, alert, record or title. */
  readonly at?: string;
  /** The exact value at `at`; an object may hold more fields. */
  readonly is?: unknown;
}

export interface Statements {
  readonly open: Readonly<Record<string, string>>;
  readonly compiled: Readonly<Record<string, readonly Assertion[]>>;
  readonly out: Readonly<Record<string, string>>;
  readonly audit: Readonly<Record<string, string>>;
}

export function readStatements(): Statements {
  const read = (name: string) => parse(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8')) ?? {};
  return { open: read('open'), compiled: read('compiled'), out: read('out'), audit: read('audit') };
}
