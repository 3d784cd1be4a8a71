/**
 * Reads PromQL with Prometheus' own grammar: whether it parses, and which metrics, functions and labels it names.
 *
 * Owns the substitution of Grafana's variables, which are no PromQL. The grammar recovers from errors and knows no types, so `rate(x)`
 * passes here; promtool is the judge of that.
 */
import { parser } from '@prometheus-io/lezer-promql';

export interface ParsedPromql {
  /** The parts that do not parse, as text; empty for a good query. */
  readonly errors: readonly string[];
  /** Names of metrics, sorted, each once. */
  readonly metrics: readonly string[];
}

/** Parses a query of a rule or of a panel. */
export function parsePromql(query: string): ParsedPromql {
  const text = substituteGrafanaVariables(query);
  const errors: string[] = [];
  const metrics = new Set<string>();
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) errors.push(`at ${node.from + 1}: ${textOf(node).trim() || 'something is missing'}`);
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier');
        if (name !== null) metrics.add(textOf(name));
        else for (const matched of nameMatchers(textOf(node))) metrics.add(matched);
      }
    },
  });
  if (text.trim() === '') errors.push('at 1: the query is empty');
  return { errors, metrics: [...metrics].sort() };
}

/** `{__name__="x"}` names a metric too; a pattern names none that could be looked up. */
const nameMatchers = (selector: string): readonly string[] =>
  [...selector.matchAll(/__name__\s*=\s*"([^"]*)"/g)].map(([, name = '']) => name);

/** Puts an ordinary value where Grafana would put its own. */
const substituteGrafanaVariables = (query: string): string =>
  query
    .replace(/\$(?:__rate_interval|__interval|__range|\{__(?:rate_interval|interval|range)(?::\w+)?\})/g, '5m')
    .replace(/\$(?:\{\w+(?::\w+)?\}|\w+)/g, 'any');
