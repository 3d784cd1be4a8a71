/** A thing has one name in the spec and in the runtime policy; the policy's ends in its unit. */
import assert from 'node:assert/strict';
import { describe } from '../compiler/testing/suite.ts';
import policy from './runtime-policy.schema.json' with { type: 'json' };
import common from './spec/common.schema.json' with { type: 'json' };
import service from './spec/service.schema.json' with { type: 'json' };

const { Route, Limit, Retries } = policy.$defs;
const route = service.properties.spec.properties.routes.items.properties;
const names = (properties: object): readonly string[] => Object.keys(properties);

/** What the policy says under a name of its own, each with the reason. */
const PAIRS: readonly (readonly [title: string, policy: readonly string[], spec: readonly string[], own: object])[] = [
  [
    'a route',
    names(Route.properties),
    names(route),
    {
      id: 'made from service and name',
      upstream: 'the service that declares the route',
      limits: 'names of limits, where `rateLimits` of the spec also declares them',
      closed: 'made from the routes that are not exposed',
      crossOrigin: '`cors` of the spec with figures',
      ownCors: '`cors: service` of the spec',
      fanOut: '`calls[].fanOut`, by provider',
    },
  ],
  [
    'a limit',
    names(Limit.properties),
    names(common.$defs.rateLimit.properties),
    {
      requests: '`rate` of the spec is requests in a period',
      period: '`rate` of the spec is requests in a period',
      capacity: '`burst` of the spec and one more',
      status: 'the same for every limit',
    },
  ],
  ['retries', names(Retries.properties), names(route.retries.properties), {}],
  ['a WebSocket', names(Route.properties.websocket.properties), names(route.websocket.properties), {}],
  ['a use of a cache', names(Route.properties.cache.properties), names(route.cache.properties), {}],
];

describe('words of spec and policy', (it) => {
  for (const [title, inPolicy, inSpec, own] of PAIRS)
    it(`are the same for ${title}`, () => {
      const plain = inPolicy.map((name) => name.replace(/(?:Ms|Bytes)$/, ''));
      assert.deepEqual(plain.filter((name) => !inSpec.includes(name)).sort(), names(own).toSorted());
    });
});
