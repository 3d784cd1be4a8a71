/**
 * The policies of one request, in order, as one function.
 *
 * Owns how steps are run; which, and in what order, is chain.ts. The chain of each route is compiled once and holds only
 * what that route asks for; a request that waits for nothing passes through without a promise.
 */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange, Handler, Verdict } from '../http/exchange.ts';
import type { StepName } from '../http/steps/step-name.ts';
import { chainOf, entranceOf, type Step } from './chain.ts';
import type { PolicyParts } from './parts.ts';

interface Compiled {
  readonly name: StepName;
  readonly policy: Handler;
}

/** Undefined when the request may go on, and then its route is known. */
export function createEnforcer(parts: PolicyParts): Handler {
  const entrance = compile(entranceOf(parts));
  const chains = new Map<Route | undefined, readonly Compiled[]>();
  for (const served of parts.policy.routes) chains.set(served, compile(chainOf(parts, served)));

  return function enforce(exchange) {
    const refusal = run(entrance, exchange, 0);
    return refusal ?? run(chains.get(exchange.route) ?? [], exchange, 0);
  };
}

function compile(steps: readonly Step[]): readonly Compiled[] {
  return steps.flatMap(({ name, policy }) => (policy === undefined ? [] : [{ name, policy }]));
}

function run(chain: readonly Compiled[], exchange: Exchange, from: number): Verdict | Promise<Verdict> {
  for (let index = from; index < chain.length; index += 1) {
    const step = chain[index];
    const verdict = step?.policy(exchange);
    if (verdict instanceof Promise) {
      return verdict.then((late) =>
        late === undefined ? run(chain, exchange, index + 1) : decide(step, exchange, late),
      );
    }
    if (verdict !== undefined) return decide(step, exchange, verdict);
  }
  return undefined;
}

function decide(step: Compiled | undefined, exchange: Exchange, verdict: Verdict): Verdict {
  if (exchange.decision !== undefined) exchange.decision.by = step?.name;
  return verdict;
}
