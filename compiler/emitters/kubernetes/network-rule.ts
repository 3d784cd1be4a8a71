/**
 * Rules of a NetworkPolicy with the reasons that they are there.
 */
import { fromAll, type Marked, unmark, unwrap } from '../../marks.ts';
import {
  IntOrString,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
  type NetworkPolicyPort,
} from './kubernetes-api.ts';

export type EgressRule = Marked<NetworkPolicyEgressRule>;
export type IngressRule = Marked<NetworkPolicyIngressRule>;

/** Each rule once, for all the reasons that it is there. */
export function uniqueRules<Rule>(rules: readonly Marked<Rule>[]): readonly Marked<Rule>[] {
  const found = new Map<string, Marked<Rule>[]>();
  for (const rule of rules) {
    const key = JSON.stringify(unmark<Rule>(rule));
    found.set(key, [...(found.get(key) ?? []), rule]);
  }
  return [...found.values()].map((same) => {
    const marks = same.flatMap((rule) => unwrap<unknown>(rule).marks);
    const origins = marks.flatMap(({ origin }) => origin ?? []);
    return fromAll([...new Set(origins)], unmark<Rule>(same[0] as Marked<Rule>)) as Marked<Rule>;
  });
}

export const portRule = (port: number, protocol: 'TCP' | 'UDP' = 'TCP'): NetworkPolicyPort => ({
  port: IntOrString.fromNumber(port),
  protocol,
});
