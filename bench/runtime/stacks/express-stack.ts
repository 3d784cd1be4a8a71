/** The policies of the bench out of Express and the middleware that its users take. */
import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import cors from 'cors';
import express, { type NextFunction, type Request, type Response } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { pinoHttp } from 'pino-http';
import { collectDefaultMetrics, Histogram, register } from 'prom-client';
import type { Subject, Surroundings } from '../subject-kinds.ts';
import {
  createKeyRing,
  EXPOSED_FIELDS,
  HELMET_OPTIONS,
  KEY_FIELD,
  type KeyRing,
  LATENCY_BUCKETS_SECONDS,
  ORIGIN,
  openLog,
  PREFLIGHT_SECONDS,
  WINDOW_MS,
} from './policies.ts';

export async function startExpressStack(around: Surroundings, connections: number): Promise<Subject> {
  const keys = createKeyRing();
  const log = openLog(around.log);
  const app = express();
  app.set('trust proxy', '10.0.0.0/8');
  app.disable('x-powered-by');
  app.use(pinoHttp({ logger: log }));
  collectDefaultMetrics();
  app.get('/metrics', async (_req, res) => void res.type('text/plain').send(await register.metrics()));
  app.use(measureDuration());
  app.use(cors({ origin: ORIGIN, exposedHeaders: EXPOSED_FIELDS, maxAge: PREFLIGHT_SECONDS }));
  app.use(helmet(HELMET_OPTIONS));
  app.use(requireKey(keys));
  for (const budget of budgets(around.budget)) app.use('/v1/items', rateLimit(budget));
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  app.get('/v1/items/*rest', createProxyMiddleware({ target: around.upstream, agent }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, key: keys.key, metrics: `http://127.0.0.1:${port}/metrics` };
}

function measureDuration() {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time until the response was sent.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  return (req: Request, res: Response, next: NextFunction): void => {
    const stop = duration.startTimer();
    res.once('finish', () => {
      stop({ method: req.method, route: req.route?.path ?? '', status_code: res.statusCode });
    });
    next();
  };
}

function requireKey(keys: KeyRing) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const tenant = keys.tenantOf(req.headers[KEY_FIELD]);
    res.locals['tenant'] = tenant;
    if (tenant === undefined) res.status(401).json({ error: 'unknown key' });
    else next();
  };
}

/** Per client address, per key, and for the route as a whole. */
function budgets(limit: number): readonly Partial<Options>[] {
  const shared: Partial<Options> = { limit, windowMs: WINDOW_MS, standardHeaders: 'draft-8', legacyHeaders: false };
  return [
    { ...shared, identifier: 'client' },
    { ...shared, identifier: 'key', keyGenerator: (_req, res) => res.locals['tenant'] },
    { ...shared, identifier: 'route', keyGenerator: () => 'items' },
  ];
}
