/** What the middleware of the operators' port hands on beside the request itself. */
import type { RouterContext, RouterMiddleware } from '@koa/router';
import type Koa from 'koa';
import type { Call } from '../../http/operations/operation.ts';

export interface AdminState extends Koa.DefaultState {
  /** Of this request; also the `instance` of its problem. */
  requestId: string;
  /** What the operation is told, once it was read. */
  call: Call;
  /** Of the shape that the operation takes. */
  body: unknown;
}

export type AdminMiddleware = Koa.Middleware<AdminState>;
export type AdminContext = Koa.ParameterizedContext<AdminState>;
/** In a route, where the path's parameters are known. */
export type RouteContext = RouterContext<AdminState>;
export type RouteMiddleware = RouterMiddleware<AdminState>;

/** Everything below it asks for the administrator. */
const ADMINISTRATION = /^\/v1\/admin(?:\/|$)/;

export function isAdministration(path: string): boolean {
  return ADMINISTRATION.test(path);
}
