/**
 * PromQL as a small tree, and its text.
 *
 * Owns quoting, escaping of regular expressions, and parentheses: emitters pass structure and never glue query text together. Holds
 * what our rules and dashboards need and no more; whether a query makes sense is checked by `verify/promql.ts` and by promtool.
 */
import { defined } from '../../schemas/data/defined.ts';
import { formatDecimal } from '../../schemas/units/index.ts';

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export type AggregateOp = 'sum' | 'max' | 'min' | 'avg' | 'count';
export type BinaryOp = '+' | '-' | '*' | '/' | '>' | '>=' | '<' | '<=' | '==' | '!=' | 'and' | 'or' | 'unless';

export type PromExpr =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'selector';
      readonly metric: string;
      readonly matchers: readonly Matcher[];
      /** Range such as `5m`, or a Grafana variable such as `$__rate_interval`. */
      readonly range?: string;
      readonly offset?: string;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PromExpr[] }
  | {
      readonly kind: 'aggregate';
      readonly op: AggregateOp;
      readonly by: readonly string[];
      readonly of: PromExpr;
    }
  | {
      readonly kind: 'binary';
      readonly op: BinaryOp;
      readonly left: PromExpr;
      readonly right: PromExpr;
      /** Labels to match on; an empty list matches everything with everything. */
      readonly on?: readonly string[];
    };

/** Matches any of the values exactly; one value needs no regular expression. */
export const oneOf = (label: string, values: readonly string[]): Matcher => {
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0) return { label, op: '=', value: only };
  return { label, op: '=~', value: values.map(escapeRegex).join('|') };
};

export const equalTo = (label: string, value: string): Matcher => ({ label, op: '=', value });
export const notEqualTo = (label: string, value: string): Matcher => ({ label, op: '!=', value });
export const matching = (label: string, regex: string): Matcher => ({ label, op: '=~', value: regex });

/** Escapes what RE2 reads as more than itself. */
export const escapeRegex = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

export const num = (value: number): PromExpr => ({ kind: 'number', value });

export const select = (metric: string, matchers: readonly Matcher[] = []): PromExpr => ({
  kind: 'selector',
  metric,
  matchers,
});

/** The samples of the last while; `offset` looks back from then. */
export const over = (metric: string, matchers: readonly Matcher[], range: string, offset?: string): PromExpr => ({
  kind: 'selector',
  metric,
  matchers,
  range,
  ...defined({ offset }),
});

export const selectAt = (metric: string, matchers: readonly Matcher[], offset: string): PromExpr => ({
  kind: 'selector',
  metric,
  matchers,
  offset,
});

export const call = (name: string, ...args: readonly PromExpr[]): PromExpr => ({ kind: 'call', name, args });
export const rate = (metric: string, matchers: readonly Matcher[], range: string): PromExpr =>
  call('rate', over(metric, matchers, range));

export const aggregate = (op: AggregateOp, of: PromExpr, by: readonly string[] = []): PromExpr => ({
  kind: 'aggregate',
  op,
  by,
  of,
});
export const sum = (of: PromExpr, by: readonly string[] = []): PromExpr => aggregate('sum', of, by);

export const binary = (op: BinaryOp, left: PromExpr, right: PromExpr, on?: readonly string[]): PromExpr => ({
  kind: 'binary',
  op,
  left,
  right,
  ...defined({ on }),
});

/** A share that does not exist while nothing is counted, so no rule ever stores NaN. */
export const ratioOf = (part: PromExpr, whole: PromExpr): PromExpr => binary('/', part, binary('>', whole, num(0)));

/** Prints on one line; alternatives and conditions at the top stand on lines of their own. */
export function printPromql(expr: PromExpr): string {
  if (expr.kind !== 'binary' || !isSetOp(expr.op)) return print(expr);
  return `${printLeft(expr.left, expr)}\n${operatorOf(expr)} ${printOperand(expr.right, expr, 'right')}`;
}

const isSetOp = (op: BinaryOp): boolean => op === 'and' || op === 'or' || op === 'unless';

/** The left side of a set operation goes on over lines while it needs no parentheses. */
function printLeft(expr: PromExpr, parent: PromExpr & { readonly kind: 'binary' }): string {
  return needsParentheses(expr, parent, 'left') ? print(expr, true) : printPromql(expr);
}

function print(expr: PromExpr, parenthesised = false): string {
  const text = printBare(expr);
  return parenthesised ? `(${text})` : text;
}

function printBare(expr: PromExpr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr.value);
    case 'selector':
      return printSelector(expr);
    case 'call':
      return `${expr.name}(${expr.args.map((arg) => print(arg)).join(', ')})`;
    case 'aggregate':
      return `${expr.op}${expr.by.length === 0 ? '' : ` by (${expr.by.join(', ')}) `}(${print(expr.of)})`;
    case 'binary':
      return `${printOperand(expr.left, expr, 'left')} ${operatorOf(expr)} ${printOperand(expr.right, expr, 'right')}`;
  }
}

function printNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const text = printedNumbers.get(value) ?? formatDecimal(value);
  if (printedNumbers.size < 1000) printedNumbers.set(value, text);
  return text;
}

/** Exact printing is slow, and objectives are mostly alike. */
const printedNumbers = new Map<number, string>();

function printSelector({ metric, matchers, range, offset }: PromExpr & { readonly kind: 'selector' }): string {
  const labels = printMatchers(matchers);
  const window = range === undefined ? '' : `[${range}]`;
  return `${metric}${labels}${window}${offset === undefined ? '' : ` offset ${offset}`}`;
}

function printMatchers(matchers: readonly Matcher[]): string {
  if (matchers.length === 0) return '';
  const known = printedMatchers.get(matchers);
  if (known !== undefined) return known;
  const text = `{${matchers.map(({ label, op, value }) => `${label}${op}${quote(value)}`).join(', ')}}`;
  printedMatchers.set(matchers, text);
  return text;
}

/** The rules of one objective use the same few lists over and over. */
const printedMatchers = new WeakMap<readonly Matcher[], string>();

const operatorOf = ({ op, on }: PromExpr & { readonly kind: 'binary' }): string =>
  on === undefined ? op : `${op} on (${on.join(', ')})`;

/** From loose to tight: prometheus.io, "Operators", "Binary operator precedence". */
const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '>=': 3,
  '<': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
};

type Side = 'left' | 'right';

const printOperand = (expr: PromExpr, parent: PromExpr & { readonly kind: 'binary' }, side: Side): string =>
  print(expr, needsParentheses(expr, parent, side));

/** All our operators group from the left, so an equal one on the right needs parentheses. */
function needsParentheses(expr: PromExpr, parent: PromExpr & { readonly kind: 'binary' }, side: Side): boolean {
  if (expr.kind !== 'binary') return false;
  const [inner, outer] = [PRECEDENCE[expr.op], PRECEDENCE[parent.op]];
  // Few people know that `and` binds tighter than `or`, or how comparisons chain.
  if (isSetOp(parent.op) && isSetOp(expr.op)) return expr.op !== parent.op || side === 'right';
  if (inner === 3 && outer === 3) return true;
  return inner < outer || (inner === outer && side === 'right');
}

/** PromQL strings have the escapes of Go. */
function quote(text: string): string {
  if (!/["\\\n]/.test(text)) return `"${text}"`;
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
