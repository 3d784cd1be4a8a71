/**
 * The policies of the bench out of Fastify and the plugins that its users take.
 *
 * Where a plugin would do more than is asked, it is told not to: one log line a request and not two, a histogram without a
 * summary beside it. Both would only make this stack slower.
 */
import type { AddressInfo } from 'node:net';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import replyFrom from '@fastify/reply-from';
import fastify, { LogController } from 'fastify';
import metrics from 'fastify-metrics';
import type { Subject, Surroundings } from '../subject-kinds.ts';
import {
  createKeyRing,
  EXPOSED_FIELDS,
  HELMET_OPTIONS,
  KEY_FIELD,
  LATENCY_BUCKETS_SECONDS,
  ORIGIN,
  openLog,
  PREFLIGHT_SECONDS,
  WINDOW_MS,
} from './policies.ts';

declare module 'fastify' {
  interface FastifyRequest {
    tenant: string;
  }
}

export async function startFastifyStack(around: Surroundings, connections: number): Promise<Subject> {
  const keys = createKeyRing();
  const logController = new LogController({ disableRequestLogging: true });
  const app = fastify({ loggerInstance: openLog(around.log), logController, trustProxy: '10.0.0.0/8' });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ req: request.raw, res: reply.raw, responseTime: reply.elapsedTime }, 'request completed');
  });
  await app.register(metrics.default, {
    endpoint: '/metrics',
    routeMetrics: { overrides: { histogram: { buckets: LATENCY_BUCKETS_SECONDS } }, enabled: { histogram: true } },
  });
  await app.register(cors, { origin: [ORIGIN], exposedHeaders: EXPOSED_FIELDS, maxAge: PREFLIGHT_SECONDS });
  await app.register(helmet, HELMET_OPTIONS);
  await app.register(replyFrom, { base: around.upstream, undici: { connections, pipelining: 1 } });
  app.decorateRequest('tenant', '');
  await app.register(async (api) => {
    api.addHook('onRequest', async (request, reply) => {
      const tenant = keys.tenantOf(request.headers[KEY_FIELD]);
      if (tenant === undefined) return reply.code(401).send({ error: 'unknown key' });
      request.tenant = tenant;
      return undefined;
    });
    const budget = { max: around.budget, timeWindow: WINDOW_MS, enableDraftSpec: true };
    await api.register(rateLimit, budget);
    await api.register(rateLimit, { ...budget, keyGenerator: (request) => request.tenant });
    await api.register(rateLimit, { ...budget, keyGenerator: () => 'items' });
    api.get('/v1/items/*', (request, reply) => reply.from(request.raw.url));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { port, key: keys.key, metrics: `http://127.0.0.1:${port}/metrics` };
}
