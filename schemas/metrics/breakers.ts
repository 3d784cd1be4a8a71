/**
 * Circuit breakers, of upstreams and of providers.
 */
import type { MetricDescription } from './description.ts';

/** What a breaker stands before. */
export const BREAKER_KINDS = ['upstream', 'provider'] as const;
export type BreakerKind = (typeof BREAKER_KINDS)[number];

export const BREAKER_METRICS = {
  breaker_state: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'State of a circuit breaker: 0 closed, 1 half-open, 2 open.',
    labels: ['kind', 'name'],
    values: { kind: BREAKER_KINDS },
  },
  breaker_transitions_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Changes of state of a circuit breaker, by the state that it went to.',
    labels: ['kind', 'name', 'to'],
    values: { kind: BREAKER_KINDS, to: ['closed', 'half-open', 'open'] },
  },
  breaker_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls that a circuit breaker did not let through.',
    labels: ['kind', 'name'],
    values: { kind: BREAKER_KINDS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
