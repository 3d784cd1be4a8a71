/**
 * Documents that are well formed and do not fit together.
 */
import { BASE } from './base-spec.ts';
import type { Mistake } from './mistake.ts';

const RESOURCES = '  resources: { cpu: 250m, memory: 512Mi }\n';
const START = BASE.indexOf('metadata: { name: worker');
/** From the name of the worker to its resources. */
const FULL_WORKER = BASE.slice(START, BASE.indexOf(RESOURCES, START) + RESOURCES.length);

export const MEANING_MISTAKES: readonly Mistake[] = [
  {
    title: 'a datastore that does not exist',
    from: 'use: orders',
    to: 'use: ⟦order⟧',
    code: 'SW-301',
    says: ['no datastore `order`'],
    hint: ['Did you mean `orders`?'],
  },
  {
    title: 'a system that does not exist',
    from: 'name: worker, system: shop',
    to: 'name: worker, system: ⟦shp⟧',
    code: 'SW-304',
    says: ['no system `shp`'],
    hint: ['Did you mean `shop`?'],
  },
  {
    title: 'an objective on a route that does not exist',
    from: 'route: /v1/orders',
    to: 'route: ⟦/v1/order⟧',
    code: 'SW-301',
    says: ['no route `/v1/order`'],
    hint: ['Did you mean `/v1/orders`?'],
  },
  {
    title: 'an environment that resizes an unknown service',
    from: '  secretStore: { name: vault }',
    to: '  secretStore: { name: vault }\n  services:\n    ⟦workr⟧: { scale: { min: 1 } }',
    code: 'SW-301',
    says: ['no service `workr`'],
    hint: ['Did you mean `worker`?'],
  },
  {
    title: 'bounds the wrong way round',
    from: 'min: 3, max: 6',
    to: 'min: 7, max: ⟦6⟧',
    code: 'SW-310',
    says: ['max 6 is below min 7'],
    hint: ['Make `max` at least `min`.'],
  },
  {
    title: 'an objective without a budget',
    from: 'availability: 99.9%',
    to: 'availability: ⟦100%⟧',
    code: 'SW-407',
    says: ['leaves no budget'],
    hint: ['99.9%'],
  },
  {
    title: 'pools above what the database accepts',
    from: 'maxConnections: 100',
    to: 'maxConnections: ⟦40⟧',
    code: 'SW-409',
    says: ['64 connections', 'accepts 37'],
    hint: ['Lower the pools'],
  },
  {
    title: 'no resources',
    from: FULL_WORKER,
    to: FULL_WORKER.replace('worker', '⟦worker⟧').replace(RESOURCES, ''),
    code: 'SW-415',
    says: ['has no `resources`'],
    hint: ['`resources: { cpu: 250m, memory: 256Mi }`'],
  },
  {
    title: 'an image without tag',
    from: 'registry.example.com/shop/worker:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    to: '⟦registry.example.com/shop/worker⟧',
    code: 'SW-412',
    says: ['no digest and no tag'],
    hint: ['registry.example.com/shop/worker:<version>@sha256:<digest>'],
  },
  {
    title: 'an image that moves',
    from: 'registry.example.com/shop/worker:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    to: '⟦registry.example.com/shop/worker:latest⟧',
    code: 'SW-412',
    says: ['has no digest'],
    hint: ['registry.example.com/shop/worker:<version>@sha256:<digest>'],
  },
  {
    title: 'a name that begins with a digit',
    from: 'metadata: { name: worker,',
    to: 'metadata: { name: ⟦1worker⟧,',
    code: 'SW-462',
    says: ['`1worker` begins with a digit', 'RFC 1035'],
    hint: ['Write a name such as `worker-1`.'],
  },
  {
    title: 'a probe between two seconds',
    from: '  scale: { min: 3, max: 6 }',
    to: '  scale: { min: 3, max: 6 }\n  probes: { period: 5s, timeout: ⟦1500ms⟧ }',
    code: 'SW-462',
    says: ['1.5s', 'whole seconds'],
    hint: ['`2s`'],
  },
  {
    title: 'a password as plain text',
    from: 'name: LOG_LEVEL\n      value: info',
    to: 'name: DB_PASSWORD\n      value: ⟦hunter2⟧',
    code: 'SW-460',
    says: ['`DB_PASSWORD` of `worker`'],
    hint: ['`secret: { name: <name in the store>, key: <key> }`'],
  },
  {
    title: 'a secret with a shape of its own',
    from: 'value: info',
    to: `value: ⟦sk_live_${'h8Kq2LmZx7Rt4VbN9wYc'}⟧`,
    code: 'SW-226',
    says: ['holds a key of Stripe as plain text'],
    hint: ['`secret: { name: <name in the store>, key: <key> }`'],
  },
];
