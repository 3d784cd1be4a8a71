/**
 * Who keeps each field of a route: nginx, the runtime, both, or neither.
 *
 * Owns the decision, as a table over all fields of the language: a new one has to be entered. A test compiles each of them and holds the
 * table to what is written; a check reads it where one of the two is not there. Limits have a table of their own (`../limits/keepers.ts`).
 */
import type { Route } from '../../../schemas/spec/service.gen.ts';
import type { Model } from '../../resolve/model/index.ts';
import { hasRuntime } from './placement.ts';

export type Keeper = 'edge' | 'runtime';
type Field = Exclude<keyof Route, 'rateLimit' | 'rateLimits'>;

const BOTH = ['edge', 'runtime'] as const;
const RUNTIME = ['runtime'] as const;

export const ROUTE_KEEPERS: Readonly<Record<Field, readonly Keeper[]>> = {
  path: BOTH,
  match: BOTH,
  methods: BOTH,
  kind: BOTH,
  upgrade: BOTH,
  hosts: BOTH,
  // nginx bounds each silence, the runtime the whole exchange.
  timeout: BOTH,
  idleTimeout: BOTH,
  bodyLimit: BOTH,
  allow: BOTH,
  // Both know the rules; the owner of headers speaks.
  cors: BOTH,
  pages: BOTH,
  // With an edge the runtime serves what is not exposed to its neighbours.
  exposed: ['edge'],
  // In logs and metrics.
  name: BOTH,
  auth: RUNTIME,
  roles: RUNTIME,
  body: RUNTIME,
  tenantField: RUNTIME,
  // Answers belong to a tenant, whom nginx does not know.
  cache: RUNTIME,
  invalidates: RUNTIME,
  // Only the runtime knows which field is a credential that was checked.
  credentials: RUNTIME,
  maxConcurrent: RUNTIME,
  tenantShare: RUNTIME,
  priority: RUNTIME,
  retries: RUNTIME,
  cost: RUNTIME,
  sunset: RUNTIME,
  calls: RUNTIME,
  // Comments and pings are sent into the stream.
  keepAlive: RUNTIME,
  websocket: RUNTIME,
  // An expectation: checks compare it with pools and limits.
  peak: [],
};

/** The enforcers that a model has. */
export const keepersIn = (model: Model): ReadonlySet<Keeper> =>
  new Set<Keeper>([
    ...(model.system.targets.wanted.includes('nginx') && model.environment.domains.length > 0
      ? (['edge'] as const)
      : []),
    ...(hasRuntime(model) ? (['runtime'] as const) : []),
  ]);
