/**
 * routes/fields-fit-kind
 *
 * Owns one claim: every field of a route means something for the kind of route that it stands on.
 */
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

const WRITTEN: readonly (readonly [
  field: keyof RouteModel & string,
  isLost: (route: RouteModel) => boolean,
  why: string,
])[] = [
  ['upgrade', ({ kind }) => kind !== 'http', 'only a plain route takes handshakes beside other requests'],
  ['keepAlive', (route) => !isStream(route), 'a plain answer is not kept alive'],
  ['websocket', (route) => !takesSockets(route), 'it takes no sockets'],
  ['cache', ({ kind }) => kind !== 'http', 'a stream is not kept'],
  ['retries', (route) => route.kind === 'websocket', 'a socket is not opened twice'],
  ['body', (route) => route.kind === 'websocket', 'a handshake has no body'],
  ['tenantField', (route) => route.kind === 'websocket', 'a handshake has no body'],
  ['bodyLimit', (route) => route.kind === 'websocket', 'a handshake has no body'],
];

export const fieldsFitKind: Check = {
  id: 'routes/fields-fit-kind',
  code: 'SW-447',
  severity: 'error',
  title: 'A field does nothing on this kind of route',
  why: 'It would be accepted and kept by nobody.',
  hint: 'Take the field out, or give the route the kind that it is for; a plain route takes sockets with `upgrade: websocket`.',
  run: ({ services }) =>
    services.flatMap(({ routes }) => routes.flatMap((route) => [...lostFields(route), ...handshakes(route)])),
};

function lostFields(route: RouteModel): readonly Finding[] {
  return WRITTEN.flatMap(([field, isLost, why]) => {
    const origin = route.origin.of(field);
    const isWritten = origin !== route.origin.self && origin.kind !== 'default';
    if (!isWritten || !isLost(route)) return [];
    return [{ at: origin, message: `\`${field}\` does nothing on \`${route.id}\` of kind ${route.kind}: ${why}` }];
  });
}

/** A handshake is a GET. */
function handshakes(route: RouteModel): readonly Finding[] {
  if (!takesSockets(route) || route.methods.includes('GET')) return [];
  return [
    {
      at: route.origin.of('methods'),
      message: `\`${route.id}\` takes sockets and no GET, which every handshake is`,
      hint: 'Add `GET` to `methods`.',
    },
  ];
}

const takesSockets = ({ kind, upgrade }: RouteModel): boolean => kind === 'websocket' || upgrade;
const isStream = (route: RouteModel): boolean => route.kind === 'sse' || takesSockets(route);
