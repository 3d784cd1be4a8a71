/**
 * Which traces are recorded.
 *
 * Owns the meaning of `OTEL_TRACES_SAMPLER`; without it, the policy's ratio, and a trusted peer's flag before it. Where the
 * flag does not count, a peer's trace is judged by its id, so that services with the same ratio agree; chance decides on
 * new traces and on ids that a stranger chose.
 *
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
 */
export interface Sampling {
  /** From 0 to 1. */
  readonly ratio: number;
  /** Whether the sampled flag of a trusted peer decides. */
  readonly isParentBased: boolean;
}

const RATIOS: Readonly<Record<string, 0 | 1 | 'argument'>> = {
  always_on: 1,
  always_off: 0,
  traceidratio: 'argument',
};

/** A text says what is wrong. */
export function samplingOf(
  ratio: number,
  sampler: string | undefined,
  argument: string | undefined,
): Sampling | string {
  if (sampler === undefined) return { ratio, isParentBased: true };
  const isParentBased = sampler.startsWith('parentbased_');
  const found = RATIOS[sampler.replace(/^parentbased_/, '')];
  if (found === undefined) {
    return `OTEL_TRACES_SAMPLER: must be ${Object.keys(RATIOS).join(', ')}, or one of them after parentbased_`;
  }
  if (found !== 'argument') return { ratio: found, isParentBased };
  const share = Number(argument ?? 1);
  if (!(share >= 0 && share <= 1)) return 'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1';
  return { ratio: share, isParentBased };
}
