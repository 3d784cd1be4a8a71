/**
 * edge/no-development-origin
 *
 * Owns one claim: production does not trust origins that anybody can serve on their own machine, nor unencrypted ones.
 */
import type { Check } from '../../check.ts';

export const noDevelopmentOrigin: Check = {
  id: 'edge/no-development-origin',
  code: 'SW-403',
  severity: 'error',
  title: 'A development origin is allowed in production',
  why: "Any program on a visitor's machine can serve localhost, and an unencrypted page can be changed on the way; both could then call the API in the visitor's name.",
  hint: 'Move the origin to the development environment.',
  run: ({ environment }) => {
    if (environment.stage !== 'production') return [];
    const suspects = environment.origins.filter((origin) => isDevelopment(origin));
    return suspects.map((origin) => ({
      at: environment.origin.of('origins'),
      message: `origin \`${origin}\` ${isLocal(origin) ? 'is a development machine' : 'is not encrypted'}`,
    }));
  },
};

const LOCAL =
  /^https?:\/\/(localhost|[a-z0-9.-]+\.(localhost|local|test|internal)|127\.\d+\.\d+\.\d+|0\.0\.0\.0|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+)(:\d+)?$/;
const isLocal = (origin: string): boolean => LOCAL.test(origin);
const isDevelopment = (origin: string): boolean => isLocal(origin) || origin.startsWith('http://');
