/**
 * The gateway as a Koa application.
 *
 * Koa is the shell: probes need nobody's leave and come first, everything else is one middleware (gateway/gateway.ts),
 * in which the policies of a request are one compiled chain (gateway/enforce.ts).
 */
import Koa from 'koa';
import type { GatewayState } from '../http/exchange.ts';
import { probes } from '../http/health/probes.ts';
import { describeError } from '../telemetry/log.ts';
import { gateway } from './gateway.ts';
import type { AppParts } from './parts.ts';

export function createApp(parts: AppParts): Koa<GatewayState> {
  const { policy, readiness, phase, digest, log } = parts;
  const app = new Koa<GatewayState>();
  app.on('error', (error: unknown) => log.debug(describeError(error), 'connection error'));
  app.use(probes({ health: policy.health, readiness, phase, digest }));
  app.use(gateway(parts));
  return app;
}
