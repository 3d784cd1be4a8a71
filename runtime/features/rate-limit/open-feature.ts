/**
 * Opens the limits: their counters, here or in Redis, and what administrators may change.
 *
 * In a rehearsal nothing is charged: budgets are read where they are kept, so that the answer is that of all replicas.
 */
import type { FeatureContext, OpenedFeature, StepParts } from '../../feature.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { LimitAdministration } from './administration.ts';
import type { ChargeOutcome } from './charge.ts';
import { type LimitParts, openLimits } from './open-limits.ts';
import { limitOperations } from './operations.ts';
import { chargeFailure, guardClient, type RateLimitOptions, rateLimit } from './rate-limit.ts';
import { withoutCharges } from './without-charges.ts';

/** What a limit would say of an exchange. */
export interface ExplainedLimit {
  readonly limit: string;
  readonly identity: string;
  readonly cost: number;
  readonly isDryRun: boolean;
  /** Undefined while the store is away. */
  readonly outcome: ChargeOutcome | undefined;
}

export interface LimitsApi {
  readonly administration: LimitAdministration;
  explain(exchange: Exchange): Promise<readonly ExplainedLimit[]>;
}

type Context = Pick<FeatureContext, 'policy' | 'clock' | 'log' | 'registry' | 'redis' | 'audit'>;

export function openRateLimit({
  policy: first,
  clock,
  log,
  registry,
  redis,
  audit,
}: Context): OpenedFeature<LimitsApi> {
  const limits = openLimits({ policy: first, clock, registry, log, redis });
  const { administration, close } = limits;
  let current: LimitParts = limits.use(first);
  const optionsOf = (parts: Omit<StepParts, 'onFailedCredential'>): RateLimitOptions => ({
    ...(parts.isRehearsal ? withoutCharges(current) : current),
    ...{ policy: parts.policy, clock, log: parts.log },
  });
  return {
    api: {
      administration,
      async explain(exchange) {
        const { limiter, store } = current;
        if (exchange.route === undefined) return [];
        return Promise.all(
          limiter.charges(exchange.route, exchange).map(async (charge) => ({
            limit: charge.rules.id,
            identity: charge.identity,
            cost: charge.cost,
            isDryRun: charge.rules.dryRun,
            outcome: await store.read(charge, clock.nowMs()),
          })),
        );
      },
    },
    use(policy) {
      current = limits.use(policy);
    },
    steps(parts, route) {
      const options = optionsOf(parts);
      return { 'limits of the client': guardClient(options, route), limits: rateLimit(options, route) };
    },
    onFailedCredential(parts) {
      const options = optionsOf(parts);
      return (route, exchange) => chargeFailure(options, route, exchange);
    },
    operations: limitOperations({ administration, audit }),
    close,
  };
}
