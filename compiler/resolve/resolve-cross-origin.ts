/**
 * Resolves what pages of other origins may do: of an environment, of a route that differs from it, and of a service that grants it itself.
 */
import type { CrossOrigin } from '../../schemas/spec/common.gen.ts';
import type { Route } from '../../schemas/spec/service.gen.ts';
import { FieldReader, type Layers } from './field-reader.ts';
import type { CrossOriginModel, EnvironmentModel, RouteModel } from './model/index.ts';
import type { Report } from './report.ts';

/** What the fields leave out is the environment's, and there it is a default. */
export function resolveCrossOrigin(
  layers: Layers<CrossOrigin>,
  report: Report,
  environment?: CrossOriginModel,
): CrossOriginModel {
  const read = new FieldReader(layers, report);
  return {
    headers: namesOf(read.get('headers')) ?? environment?.headers ?? [],
    expose: namesOf(read.get('expose')) ?? environment?.expose ?? [],
    credentials:
      read.get('credentials') ?? environment?.credentials ?? read.getOr('credentials', 'cors-credentials', false),
    maxAge: read.duration('maxAge') ?? environment?.maxAge ?? read.durationOr('maxAge', 'cors-max-age'),
    origin: read.origins(),
  };
}

const namesOf = (names: readonly string[] | undefined): readonly string[] | undefined =>
  names && [...new Set(names.map((name) => name.toLowerCase()))].sort();

type RouteCors = Pick<RouteModel, 'cors' | 'ownCors' | 'crossOrigin'>;

export function resolveRouteCors(read: FieldReader<Route>, environment: EnvironmentModel, report: Report): RouteCors {
  const written = read.getOr('cors', 'route-cors');
  if (written === 'service') return { cors: false, ownCors: true, crossOrigin: undefined };
  if (typeof written === 'boolean') return { cors: written, ownCors: false, crossOrigin: undefined };
  const crossOrigin = resolveCrossOrigin({ base: written, at: read.at('cors') }, report, environment.cors);
  return { cors: true, ownCors: false, crossOrigin };
}

/**
 * Where the service speaks for itself, preflights have to reach it: an OPTIONS route on each such path, unless one is written. A preflight
 * carries no credential, so none is asked; of the budgets those hold that need no caller.
 */
export function withPreflights(routes: readonly RouteModel[]): readonly RouteModel[] {
  const known = new Set(routes.filter(({ methods }) => methods.includes('OPTIONS')).map(placeOf));
  return routes.flatMap((route) => {
    if (!route.ownCors || known.has(placeOf(route))) return [route];
    known.add(placeOf(route));
    return [route, preflightOf(route)];
  });
}

const placeOf = ({ path, match, hosts }: RouteModel): string => [path, match, ...hosts].join(' ');

const preflightOf = (route: RouteModel): RouteModel => ({
  ...route,
  id: `${route.id}-preflight`,
  name: `${route.name}-preflight`,
  methods: ['OPTIONS'],
  kind: 'http',
  upgrade: false,
  auth: 'none',
  limits: route.limits.filter(({ per }) => per === 'client' || per === 'route' || per === 'global'),
  calls: [],
  peak: undefined,
  body: undefined,
  tenantField: undefined,
  roles: [],
  cache: undefined,
  invalidates: [],
  tenantShare: undefined,
  websocket: undefined,
});
