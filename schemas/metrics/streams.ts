/**
 * What stays open: WebSocket tunnels and event streams.
 */
import type { MetricDescription } from './description.ts';

/** Who or what ended a tunnel. `silent`: the client answered no ping; `idle`: nothing moved; `drain`: the process stops; `protocol`: no frames. */
export const TUNNEL_CLOSE_REASONS = ['client', 'upstream', 'silent', 'idle', 'drain', 'protocol'] as const;
export type TunnelCloseReason = (typeof TUNNEL_CLOSE_REASONS)[number];

/** Why an upgrade was refused before an upstream saw it. */
export const TUNNEL_REFUSAL_REASONS = ['disabled', 'handshake', 'origin', 'cap'] as const;
export type TunnelRefusalReason = (typeof TUNNEL_REFUSAL_REASONS)[number];

export const STREAM_METRICS = {
  websocket_tunnels: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'WebSocket tunnels that are open.',
    labels: [],
  },
  websocket_closes_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'WebSocket tunnels that ended, by what ended them.',
    labels: ['reason'],
    values: { reason: TUNNEL_CLOSE_REASONS },
  },
  websocket_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Upgrades refused before an upstream saw them, by reason.',
    labels: ['reason'],
    values: { reason: TUNNEL_REFUSAL_REASONS },
  },
  websocket_transferred_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    initialised: true,
    help: 'Bytes of frames that went through tunnels, by where they went.',
    labels: ['to'],
    values: { to: ['client', 'upstream'] },
  },
  event_streams: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Event streams that are open.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
