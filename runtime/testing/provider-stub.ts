/**
 * A provider as the runtime sees it: holds calls, counts them, and answers as it is told.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '../../schemas/runtime-policy.gen.ts';
import { startUpstream } from './servers.ts';

export interface ProviderStub {
  readonly url: string;
  /** Calls being answered, the most there ever were at once, and all so far. */
  inFlight: number;
  most: number;
  calls: number;
  /** What was asked, in order. */
  readonly seen: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  /** How calls are answered; may be replaced. */
  respond: (req: IncomingMessage, res: ServerResponse) => void;
}

export interface StubOptions {
  readonly holdMs?: number;
  readonly respond?: ProviderStub['respond'];
}

const OK: ProviderStub['respond'] = (_req, res) => void res.end('ok');

export async function startProvider(
  later: Parameters<typeof startUpstream>[1],
  { holdMs = 0, respond = OK }: StubOptions = {},
): Promise<ProviderStub> {
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    stub.calls += 1;
    stub.inFlight += 1;
    stub.most = Math.max(stub.most, stub.inFlight);
    stub.seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers });
    res.once('close', () => {
      stub.inFlight -= 1;
    });
    if (holdMs > 0) await sleep(holdMs);
    if (!res.destroyed) stub.respond(req, res);
  };
  const url = await startUpstream((req, res) => void answer(req, res), later);
  const stub: ProviderStub = { url, inFlight: 0, most: 0, calls: 0, seen: [], respond };
  return stub;
}

/** A provider for tests, reached at `urls`. Each test changes one thing. */
export function testProvider(urls: string | readonly string[], change: Partial<Provider> = {}): Provider {
  const targets = [urls].flat().map((url, index) => ({ name: `t${index}`, url }));
  return { timeoutMs: 5_000, targets, ...change };
}

/** A pool for tests. */
export function testPool(name: string, maxConcurrent: number): NonNullable<Provider['pool']> {
  return { name, maxConcurrent, queue: { max: 100, waitMs: 20_000 } };
}

/** A breaker for tests: opens at three failures in a row. */
export const TEST_BREAKER: NonNullable<Provider['breaker']> = {
  consecutiveFailures: 3,
  openMs: 30_000,
  halfOpenProbes: 1,
  halfOpenMs: 10_000,
};
