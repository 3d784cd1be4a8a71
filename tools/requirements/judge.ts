/**
 * The state of a requirement, from what its tests showed and what is said of it.
 *
 * Owns the five words. `proved`: a test that ran the system's own compiled tree, and nothing is missing. `mechanism`: a test on a
 * spec or policy of its own. `compiled`: an artifact holds it. `open`: something is missing. `out`: the product's own code.
 */
import type { Audited, Requirement } from './acceptance.ts';
import type { Assertion, Statements } from './statements.ts';

export const STATES = ['proved', 'mechanism', 'compiled', 'open', 'out'] as const;
export type State = (typeof STATES)[number];

/** One test that names a requirement in its title, and what a run of it showed. */
export interface Shown {
  readonly requirement: string;
  readonly file: string;
  readonly title: string;
  readonly result: string;
  /** Empty when the test brought something of its own. */
  readonly trees: readonly string[];
}

export interface Row extends Requirement {
  readonly system: string;
  readonly state: State;
  readonly tests: readonly Shown[];
  readonly assertions: readonly Assertion[];
  /** What is missing, or why it is the product's own. */
  readonly missing: string;
  readonly audited: Audited | undefined;
  /** Why the audit says something else. */
  readonly differs: string;
}

export interface Asked extends Requirement {
  readonly audited: Audited | undefined;
}

const SYSTEM_OF: Readonly<Record<string, string>> = {
  SIQ: 'sentientiq',
  SEN: 'sentinel',
  JAM: 'jamey',
  INT: 'intent-engine',
  SIM: 'sim-corp',
};

export const systemOf = (id: string): string => SYSTEM_OF[id.slice(0, 3)] ?? '';

export function judge(asked: Asked, shown: readonly Shown[], said: Statements): Row {
  const { id, audited } = asked;
  const system = systemOf(id);
  const tests = shown.filter(({ requirement }) => requirement === id);
  const isOn = ({ trees }: Shown) => trees.some((tree) => tree.startsWith(`${system}/`));
  const assertions = said.compiled[id] ?? [];
  const hasOwnTree = tests.some((test) => test.result === 'passed' && isOn(test));
  const hasTest = tests.some(({ result }) => result === 'passed');
  const missing = said.open[id];
  const state = stateOf({
    isOut: said.out[id] !== undefined,
    isMissing: missing !== undefined,
    hasOwnTree,
    hasTest,
    isCompiled: assertions.length > 0,
  });
  return {
    ...asked,
    system,
    state,
    tests,
    assertions,
    missing: said.out[id] ?? missing ?? (state === 'open' ? NOBODY : ''),
    differs: differenceOf(audited, state, said.audit[id]),
  };
}

/** Stands where a requirement has neither evidence nor a reason; a test refuses it. */
export const NOBODY = 'nobody has said why';

interface Facts {
  readonly isOut: boolean;
  readonly isMissing: boolean;
  readonly hasOwnTree: boolean;
  readonly hasTest: boolean;
  readonly isCompiled: boolean;
}

function stateOf({ isOut, isMissing, hasOwnTree, hasTest, isCompiled }: Facts): State {
  if (isOut) return 'out';
  if (isMissing) return hasTest && !hasOwnTree && !isCompiled ? 'mechanism' : 'open';
  if (hasOwnTree) return 'proved';
  if (isCompiled) return 'compiled';
  return hasTest ? 'mechanism' : 'open';
}

const RANK_AUDITED = { absent: 0, partial: 1, compiled: 2, proven: 3 } as const;
const RANK = { open: 1, mechanism: 1, compiled: 2, proved: 3 } as const;

/** Whether the table says as much as the audit, more, or less; product's own against platform's is neither. */
export function compareWithAudit(audited: Audited, state: State): 'same' | 'more' | 'less' {
  if (audited === 'out' || state === 'out') return audited === state ? 'same' : 'less';
  const [then, now] = [RANK_AUDITED[audited], RANK[state]];
  if (audited === 'absent' && state === 'open') return 'same';
  return now > then ? 'more' : now < then ? 'less' : 'same';
}

/** More than the audit saw is told by the evidence beside it; less takes a reason. */
function differenceOf(audited: Audited | undefined, state: State, reason: string | undefined): string {
  if (audited === undefined) return '';
  const compared = compareWithAudit(audited, state);
  if (compared === 'same') return '';
  if (reason !== undefined) return reason;
  return compared === 'less' ? NOBODY : `since then: ${state === 'compiled' ? 'the artifact' : 'the test'} beside`;
}
