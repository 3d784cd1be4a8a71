/**
 * routes/kept-alive-in-time
 *
 * Owns one claim: a silent stream or socket is kept alive before the first thing on its way gives it up.
 */
import { formatDuration } from '../../../../schemas/units/index.ts';
import type { Check } from '../../check.ts';

export const keptAliveInTime: Check = {
  id: 'routes/kept-alive-in-time',
  code: 'SW-430',
  severity: 'error',
  title: 'The stream is cut before it is kept alive',
  why: 'nginx and the runtime close what was silent for `idleTimeout`; a ping that comes later never comes.',
  hint: 'Make `keepAlive` and `websocket.pingInterval` at most half of `idleTimeout`.',
  run: ({ services }) =>
    services.flatMap((service) =>
      service.routes.flatMap((route) => {
        const { kind, upgrade, idleTimeout, keepAlive, websocket, origin } = route;
        const every = websocket?.pingInterval ?? keepAlive;
        if ((kind === 'http' && !upgrade) || idleTimeout === undefined || every === undefined || every < idleTimeout)
          return [];
        return [
          {
            at:
              websocket !== undefined && websocket.pingInterval !== keepAlive
                ? websocket.origin.of('ping')
                : origin.of('keepAlive'),
            message: `\`${route.id}\` is kept alive every ${formatDuration(every)} and closed after ${formatDuration(idleTimeout)} of silence`,
            related: [{ at: origin.of('idleTimeout'), note: 'the idle timeout' }],
          },
        ];
      }),
    ),
};
