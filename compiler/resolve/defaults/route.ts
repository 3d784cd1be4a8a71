/** Defaults of routes and their limits. */
import type { Default } from './default.ts';

export const ROUTE_DEFAULTS = {
  'body-limit': {
    value: '1Mi',
    field: 'Service.spec.routes[].bodyLimit',
    reason: 'Ordinary JSON fits; memory cannot be filled by one client.',
  },
  'route-credentials': {
    value: 'hide',
    field: 'Service.spec.routes[].credentials',
    reason: 'What was checked is of no use behind, and what is not sent cannot leak there.',
  },
  'route-max-streams': {
    value: 128,
    field: 'Service.spec.routes[].maxConcurrent',
    reason: 'A stream holds its connection for hours; without a bound they would take those of all other requests.',
  },
  'limit-burst': {
    value: 'the count of the rate less 1 for one caller, a tenth of it for all together',
    field: 'Service.spec.routes[].rateLimit.burst',
    reason:
      'For one caller 600/min is a quota, which may be used up at once. For a route or everybody 50/s is a ceiling: no second sees more than 55.',
  },
  'limit-at': {
    value: 'runtime, and edge for limits per client where nginx is wanted',
    field: 'Service.spec.routes[].rateLimit.at',
    reason: 'The runtime counts exactly; the edge knows client addresses only and keeps floods away from it.',
  },
  'limit-per': {
    value: 'client',
    field: 'Service.spec.routes[].rateLimit.per',
    reason: 'Works before anybody has proved who they are.',
  },
  'limit-shared': {
    value: true,
    field: 'Service.spec.routes[].rateLimit.shared',
    reason: 'A zone is one budget, as in nginx.',
  },
  'limit-store-failure': {
    value: 'local',
    field: 'Service.spec.routes[].rateLimit.onStoreFailure',
    reason: 'Neither an outage of the store nor an open door.',
  },
  methods: {
    value: 'GET',
    field: 'Service.spec.routes[].methods',
    reason: 'Reading is harmless; anything else must be written.',
  },
  'route-auth': {
    value: 'api-key',
    field: 'Service.spec.routes[].auth',
    reason: 'An open route is a decision, so it must be written.',
  },
  'route-cors': {
    value: true,
    field: 'Service.spec.routes[].cors',
    reason: 'The environment lists the origins; without any, no browser is let in.',
  },
  'route-pages': { value: false, field: 'Service.spec.pages', reason: 'Most services answer programs, not people.' },
  'route-exposed': { value: true, field: 'Service.spec.routes[].exposed', reason: 'A route is there to be called.' },
  'route-idle-timeout': {
    value: '1h',
    field: 'Service.spec.routes[].idleTimeout',
    reason: 'Streams may be silent for long; keep-alives show that they live.',
  },
  'route-keep-alive': {
    value: '15s',
    field: 'Service.spec.routes[].keepAlive',
    reason: 'Shorter than the idle timeout of every usual proxy.',
  },
  'route-kind': { value: 'http', field: 'Service.spec.routes[].kind', reason: 'Most routes are plain requests.' },
  'route-match': {
    value: 'exact',
    field: 'Service.spec.routes[].match',
    reason: 'Only what is written can be called.',
  },
  'route-timeout': {
    value: '30s',
    field: 'Service.spec.routes[].timeout',
    reason: 'A request without an end holds its connection for ever.',
  },
} as const satisfies Readonly<Record<string, Default>>;
