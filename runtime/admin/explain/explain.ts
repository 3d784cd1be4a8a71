/**
 * What would become of a request, and which policy would say so, without a trace of it anywhere.
 *
 * Runs the steps of the gateway itself (gateway/chain.ts), over parts that count nothing and charge nothing: the answer
 * cannot differ from what they do. A step that cannot be rehearsed is named and not tried.
 */

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { defined } from '../../../schemas/data/defined.ts';
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { ExplainedLimit } from '../../features.ts';
import { chainOf, entranceOf, type Step } from '../../gateway/chain.ts';
import { createObserver } from '../../gateway/observe.ts';
import type { AppParts, PolicyParts } from '../../gateway/parts.ts';
import { createClientResolver } from '../../http/client-address.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { StepName } from '../../http/steps/step-name.ts';
import { withoutTrace } from './without-trace.ts';

export interface ExplainRequest {
  readonly method: string;
  /** Target in origin form: path and query. */
  readonly path: string;
  /** Default: `host: explain`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Address that the connection comes from. Default: 127.0.0.1. */
  readonly client?: string;
}

export interface Explanation {
  /** Status of the answer; undefined when the request would be forwarded. */
  readonly status: number | undefined;
  readonly route: Route | undefined;
  readonly client: { readonly address: string; readonly key: string };
  readonly principal: Exchange['principal'];
  readonly steps: readonly ExplainedStep[];
  readonly limits: readonly ExplainedLimit[];
}

export interface ExplainedStep {
  readonly name: StepName | 'cache';
  readonly result: 'passes' | 'answers' | 'not-asked' | 'not-tried';
  /** Why it answers, as the log would say. */
  readonly reason?: string;
}

/** Reads the budgets of an exchange, and charges none. */
export type ReadLimits = (exchange: Exchange) => Promise<readonly ExplainedLimit[]>;

export async function explain(parts: AppParts, request: ExplainRequest, readLimits: ReadLimits): Promise<Explanation> {
  const silent = withoutTrace(parts);
  const exchange = open(silent, request);
  const steps: ExplainedStep[] = [];
  const status =
    (await rehearse(entranceOf(silent), exchange, steps)) ??
    (await rehearse(exchange.route === undefined ? [] : chainOf(silent, exchange.route), exchange, steps));
  const { principal, client, route } = exchange;
  // A cache stands before the upstream and after the chain: what it holds is not looked at.
  if (status === undefined)
    steps.push({ name: 'cache', result: route?.cache === undefined ? 'not-asked' : 'not-tried' });
  return {
    status,
    route,
    client: { address: client.client, key: client.key },
    principal,
    steps,
    limits: await readLimits(exchange),
  };
}

/** The status of the policy that answers; those behind it are not asked. */
async function rehearse(
  chain: readonly Step[],
  exchange: Exchange,
  steps: ExplainedStep[],
): Promise<number | undefined> {
  for (const { name, policy, canRehearse } of chain) {
    if (policy === undefined || !canRehearse) {
      steps.push({ name, result: policy === undefined ? 'not-asked' : 'not-tried' });
      continue;
    }
    const answer = await policy(exchange);
    if (answer === undefined) {
      steps.push({ name, result: 'passes' });
      continue;
    }
    steps.push({ name, result: 'answers', ...defined({ reason: exchange.outcome }) });
    return answer.status;
  }
  return undefined;
}

/** An exchange for a request that nobody sent. */
function open(parts: PolicyParts, { method, path, headers = {}, client = '127.0.0.1' }: ExplainRequest): Exchange {
  const req = new IncomingMessage(new Socket());
  req.method = method;
  req.url = path;
  req.httpVersion = '1.1';
  req.complete = true;
  for (const [name, value] of Object.entries({ host: 'explain', ...headers })) {
    req.rawHeaders.push(name, value);
    req.headers[name] = value;
  }
  const resolve = createClientResolver(parts.proxies);
  return {
    ...createObserver(parts).open(req, new ServerResponse(req)),
    client: resolve(client, req.headers['x-forwarded-for']),
  };
}
