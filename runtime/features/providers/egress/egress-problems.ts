/** What a service is told when its call was not answered by a provider; `reason` is for programs, the rest for people. */
import type { Problem } from '../../../http/problem.ts';
import type { Entry } from '../provider-gate.ts';
import type { RelayOutcome } from './relay.ts';

export interface EgressProblem extends Problem {
  readonly retryAfterMs?: number;
}

const REDUCED = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';

const NOT_ENTERED = {
  open: ['provider-open', 'This provider failed too often lately and is not asked for now.'],
  'not-configured': ['provider-not-configured', 'The credential of this provider is not set.'],
  'queue-full': ['pool-full', 'All places of this provider are taken, and so are those in its queue.'],
  'queue-timeout': ['pool-full', 'No place of this provider became free in time.'],
  throttled: ['provider-throttled', 'This provider asked to be left alone for longer than a call may wait.'],
} as const;

export function notEntered(provider: string, entry: Exclude<Entry, { kind: 'entered' | 'abandoned' }>): EgressProblem {
  const [reason, detail] = NOT_ENTERED[entry.reason];
  return {
    status: 503,
    type: REDUCED,
    title: 'Temporarily reduced capacity',
    detail,
    members: { reason, provider },
    retryAfterMs: entry.retryAfterMs,
  };
}

export function failed(provider: string, { reason }: Extract<RelayOutcome, { kind: 'failed' }>): EgressProblem {
  const isLate = reason === 'timeout' || reason === 'connect-timeout';
  return isLate
    ? {
        status: 504,
        detail: 'This provider did not answer in time.',
        members: { reason: 'provider-timeout', provider },
      }
    : {
        status: 502,
        detail: 'This provider did not answer properly.',
        members: { reason: 'provider-failed', provider },
      };
}

export function unknownProvider(): EgressProblem {
  return { status: 404, detail: 'There is no provider of this name with an address.' };
}

export function unknownTarget(): EgressProblem {
  return { status: 404, detail: 'This provider has no target of the name that was asked for.' };
}
