/**
 * The port for operators: metrics, probes and status for whoever reaches it, administration for whoever has the token.
 *
 * A Koa application without the gateway's policies, so that what looks at the gateway does not depend on it. Owns the order
 * of its middleware; what an operation does is in operations/, and only what they describe is routed.
 */
import { createServer, type Server } from 'node:http';
import Koa from 'koa';
import { boundRest } from '../http/time-limits.ts';
import { describeError } from '../telemetry/log.ts';
import type { AdminParts } from './admin-parts.ts';
import type { AdminState } from './middleware/admin-state.ts';
import { answerBugs, describeResponse, refuseOddTargets } from './middleware/answer.ts';
import { authorize } from './middleware/authorize.ts';
import { countResults } from './middleware/count-results.ts';
import { route } from './middleware/route.ts';

const OPTIONS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};

export function createAdminServer(parts: AdminParts): Server {
  const { log } = parts.resources;
  const app = new Koa<AdminState>();
  app.on('error', (error: unknown) => log.debug(describeError(error), 'connection error'));
  app.use(describeResponse);
  app.use(countResults(parts));
  app.use(answerBugs(parts));
  app.use(refuseOddTargets);
  app.use(authorize(parts));
  app.use(route(parts));
  const handle = app.callback();
  return createServer(OPTIONS, (req, res) => {
    boundRest(req, res);
    void handle(req, res);
  });
}
