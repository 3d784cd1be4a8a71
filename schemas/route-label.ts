/**
 * How metrics call a route.
 *
 * Owns the value of `http_route` for what measures and for what asks: the path as it is declared, and before it the first host where the
 * route names hosts, because another service may have the same path on another one.
 */
export const routeLabel = ({ path, hosts }: { readonly path: string; readonly hosts?: readonly string[] }): string =>
  `${hosts?.[0] ?? ''}${path}`;
