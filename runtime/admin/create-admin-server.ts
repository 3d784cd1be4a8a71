/**
 * The port for operators: metrics, health, and the policy in force.
 *
 * Reads only. A plain server without the gateway's policies, so that what looks at the gateway does not depend on it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Engine } from '../engine.ts';
import { probeAnswer } from '../lifecycle/probe-answer.ts';
import { formatProblem } from '../middleware/problem.ts';
import type { BugReports } from '../telemetry/errors/bug-reports.ts';
import { describeBug, type Log } from '../telemetry/log.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import { INSTEAD } from '../unenforced.ts';

export interface AdminOptions {
  /** What is in force now. */
  readonly engine: () => Engine;
  readonly registry: MetricRegistry;
  readonly log: Log;
  readonly bugs: BugReports;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export function createAdminServer(options: AdminOptions): Server {
  return createServer((req, res) => {
    answer(req, options).then(
      (result) => send(req, res, result),
      (error: unknown) => {
        options.log.error(describeBug(error), 'bug');
        options.bugs.report(error, { digest: options.engine().digest });
        send(req, res, problem(500, 'Something went wrong here.'));
      },
    );
  });
}

async function answer(req: IncomingMessage, { engine, registry }: AdminOptions): Promise<Answer> {
  const { policy, digest, overrides, unenforced, readiness } = engine();
  if (req.method !== 'GET' && req.method !== 'HEAD') return problem(405, 'This port is for reading.');
  const probe = await probeAnswer(req.url ?? '', policy.health, readiness);
  if (probe !== undefined) return json(probe.status, probe.body);
  switch (req.url) {
    case '/metrics':
      if (policy.telemetry.metrics === false) return problem(404, 'Metrics are switched off.');
      // A scrape also asks the dependencies, or their gauge would be as old as the last readiness probe.
      await readiness.check();
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await registry.scrape() };
    case '/policy': {
      const notEnforced = [...unenforced].map(([feature, count]) => ({ feature, count, instead: INSTEAD[feature] }));
      return json(200, JSON.stringify({ digest, overrides, notEnforced, policy }));
    }
    default:
      return problem(404, 'Try /metrics or /policy.');
  }
}

function send(req: IncomingMessage, res: ServerResponse, { status, type, body }: Answer): void {
  res.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function json(status: number, body: string): Answer {
  return { status, type: 'application/json', body };
}

function problem(status: number, detail: string): Answer {
  return { status, type: 'application/problem+json', body: formatProblem({ status, detail }, undefined) };
}
