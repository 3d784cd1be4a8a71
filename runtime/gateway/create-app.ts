/**
 * The gateway as the listener of its server.
 *
 * Owns who takes a request. What looks like a probe is answered by a Koa application, of which the gateway is the last
 * middleware; every other request goes to the gateway (gateway/gateway.ts) directly: a context and a life cycle of Koa
 * that nothing there reads would cost a tenth of the request.
 */
import type { RequestListener, ServerResponse } from 'node:http';
import Koa from 'koa';
import { mayProbe, probes } from '../http/health/probes.ts';
import { describeBug, describeError } from '../telemetry/log.ts';
import { gateway } from './gateway.ts';
import type { AppParts } from './parts.ts';

export function createApp(parts: AppParts): RequestListener {
  const { policy, readiness, phase, digest, log } = parts;
  const { health } = policy;
  const serve = gateway(parts);
  const app = new Koa();
  app.on('error', (error: unknown) => log.debug(describeError(error), 'connection error'));
  app.use(probes({ health, readiness, phase, digest }));
  app.use((ctx) => {
    ctx.respond = false;
    return serve(ctx.req, ctx.res);
  });
  const answerProbe = app.callback();

  /** A bug where not even an exchange is open: the process and everybody else go on. */
  function fail(error: unknown, res: ServerResponse): void {
    log.error(describeBug(error), 'bug');
    res.destroy();
  }

  return function app(req, res) {
    if (mayProbe(req, health)) void answerProbe(req, res);
    else serve(req, res).catch((error: unknown) => fail(error, res));
  };
}
