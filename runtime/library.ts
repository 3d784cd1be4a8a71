/**
 * The runtime as a library: `app.use(policies(policy))` in anybody's Koa application.
 *
 * Opens no port, no database, no timer and no telemetry SDK. The host answers what passes; it hands in a key directory where routes need
 * one, and whatever it wants to see metrics and logs through.
 */

import type Koa from 'koa';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import type { Environment } from './environment/environment.ts';
import { readVariableFiles } from './environment/variable-files.ts';
import type { OpenedFeature } from './feature.ts';
import { openBodySchema } from './features/body-schema/open-feature.ts';
import type { Caches } from './features/cache/caches.ts';
import { openCache } from './features/cache/open-feature.ts';
import { invalidateAfter } from './features/cache/responses/invalidate.ts';
import { openConcurrency } from './features/concurrency/open-feature.ts';
import type { KeyDirectory } from './features/identity/key-directory.ts';
import { openRateLimit } from './features/rate-limit/open-feature.ts';
import { openSigning } from './features/signing/open-feature.ts';
import { readSigningSecrets } from './features/signing/secrets.ts';
import { onFailedCredential, stepsOf } from './gateway/compose-features.ts';
import { createEnforcer } from './gateway/enforce.ts';
import { createObserver } from './gateway/observe.ts';
import type { PolicyParts } from './gateway/parts.ts';
import { parseRanges } from './http/client-address.ts';
import type { Answer, Exchange, GatewayMiddleware } from './http/exchange.ts';
import { createPhase } from './http/phase.ts';
import { exportProcess } from './process/process-metrics.ts';
import { listUnenforced } from './process/unenforced.ts';
import { type Clock, systemClock } from './resilience/clock.ts';
import type { SharedRedis } from './storage/redis/open-redis.ts';
import { createAccessLog } from './telemetry/access-log.ts';
import { noBugReports } from './telemetry/errors/bug-reports.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createObjectiveMeter } from './telemetry/objective-meter.ts';
import { createMetricRegistry, type MetricRegistry } from './telemetry/registry.ts';
import { createTelemetryMetrics } from './telemetry/telemetry-metrics.ts';
import { createHostTracer, type HostTracer } from './telemetry/traces/host-tracer.ts';
import { VERSION } from './version.ts';

export interface PoliciesOptions {
  /** Digest of the policy, sent as `x-policy-digest`. Default: `unknown`. */
  readonly digest?: string;
  readonly keys?: KeyDirectory;
  readonly adminToken?: string;
  /** Values of the variables with signing secrets; without a usable one, signed routes answer 500. */
  readonly env?: Environment;
  /** Where the policy counts in Redis, shared caches are, and replicas hear of invalidations: the host's connection, from `openRedis`. Default: each process counts its share, and remembers its own used signatures. */
  readonly redis?: SharedRedis;
  /** How late the event loop of the host runs, smoothed, for shedding by priority. Default: nobody looks. */
  readonly loopDelayMs?: () => number;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. Default: nowhere. */
  readonly log?: { write(line: string): void };
}

/**
 * One Koa middleware that enforces the policy, the metrics that it records, and the caches that the policy names. The host
 * keeps what it loads itself (`caches.get('rules')?.wrap(...)`), since its answers do not pass through here.
 */
export function policies(
  policy: RuntimePolicy,
  options: PoliciesOptions = {},
): GatewayMiddleware & { readonly metrics: MetricRegistry; readonly caches: Caches } {
  const {
    digest = 'unknown',
    keys,
    adminToken,
    redis,
    clock = systemClock,
    log = { write: () => undefined },
  } = options;
  const variables = readVariableFiles(policy, options.env ?? {});
  const signing = variables.kind === 'read' ? readSigningSecrets(policy, variables.env) : variables;
  const phase = createPhase();
  phase.ready();
  const registry = createMetricRegistry();
  const metrics = createMetrics(registry, policy);
  createTelemetryMetrics(registry, () => 0);
  const tracer = createHostTracer();
  const objectives = createObjectiveMeter();
  objectives.use(policy);
  exportProcess(
    registry,
    {
      policy: () => policy,
      digest: () => digest,
      overrides: () => [],
      unenforced: () => listUnenforced(policy),
      isReady: () => true,
      isDraining: () => false,
      dependencies: () => new Map(),
      startedWallMs: undefined,
    },
    VERSION,
  );
  const ownLog = createLog(policy, log);
  if (signing.kind === 'refused') ownLog.error({ reasons: signing.reasons }, 'signed requests cannot be checked');
  if (policy.storage.counters.kind === 'redis' && redis === undefined) {
    ownLog.warn(
      'the policy counts in Redis and the host gave no connection: this process enforces its share of each limit',
    );
  }
  const env = variables.kind === 'read' ? variables.env : {};
  const loopDelayMs = options.loopDelayMs ?? (() => 0);
  const context = { policy, env, clock, phase, log: ownLog, registry, redis, audit: () => undefined, loopDelayMs };
  const cache = openCache(context);
  const features: readonly OpenedFeature<unknown>[] = [
    openRateLimit(context),
    openSigning(context),
    openConcurrency(context),
    openBodySchema(context),
    cache,
  ];
  for (const feature of features) feature.use(policy);
  const stepParts = { policy, clock, log: ownLog, metrics, isRehearsal: false };
  const parts: PolicyParts = {
    policy,
    digest,
    clock,
    log: ownLog,
    access: createAccessLog(policy, log),
    tracer,
    // Bugs of a request are logged; the host has its own way of being told.
    bugs: noBugReports,
    metrics,
    objectives,
    phase,
    proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
    keys,
    adminToken,
    streams: undefined,
    stepParts: { ...stepParts, onFailedCredential: onFailedCredential(features, stepParts) },
    stepsOf: (given, route) => stepsOf(features, given, route),
  };
  return Object.assign(adapt(parts, cache.api, tracer), { metrics: registry, caches: cache.api });
}

/** The policies in the words of Koa: fields are set on the context, and what passes is the host's. */
function adapt(parts: PolicyParts, caches: Caches, tracer: HostTracer): GatewayMiddleware {
  const observer = createObserver(parts);
  const enforce = createEnforcer(parts);
  return async function policies(ctx, next) {
    const exchange = observer.open(ctx.req, ctx.res);
    ctx.state.exchange = exchange;
    try {
      const answer = await enforce(exchange);
      apply(ctx, exchange, answer);
      if (answer === undefined) {
        handOver(ctx, exchange);
        await tracer.run(exchange, next);
        await invalidateAfter(exchange, ctx.status, caches);
      }
    } catch (error) {
      const answer = observer.failed(exchange, error);
      if (ctx.headerSent) ctx.res.destroy();
      else apply(ctx, exchange, answer);
    }
    observer.close(exchange, ctx.res.statusCode, ctx.headerSent);
  };
}

/** A body that a policy has read is gone from the stream; it is left where the usual body parsers leave theirs, and stop. */
function handOver(ctx: Koa.ParameterizedContext, { body, route }: Exchange): void {
  if (body === undefined || body.length === 0) return;
  const isJson = route?.body !== undefined || route?.tenantField !== undefined;
  Object.assign(ctx.request, { rawBody: body, body: isJson ? JSON.parse(body.toString('utf8')) : body });
}

function apply(ctx: Koa.ParameterizedContext, { fields }: Exchange, answer: Answer | undefined): void {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name = '', value = ''] = fields.slice(index, index + 2);
    // The host may vary by more.
    if (name === 'vary') ctx.vary(value);
    else ctx.set(name, value);
  }
  if (answer === undefined) return;
  ctx.status = answer.status;
  if (answer.body !== undefined) ctx.body = answer.body;
}
