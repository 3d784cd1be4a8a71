/**
 * edge/cors-says-what-browsers-do
 *
 * Owns one claim: what CORS is asked to grant is something that a browser does on being granted it. Source: fetch.spec.whatwg.org,
 * "forbidden request-header", "forbidden response-header name", "CORS-preflight cache".
 */
import { DAY_MS } from '../../../../schemas/units/duration.ts';
import { formatDuration } from '../../../../schemas/units/index.ts';
import type { CrossOriginModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

/** Set by the browser alone. */
const FORBIDDEN_REQUEST =
  /^(?:accept-charset|accept-encoding|access-control-request-(?:headers|method)|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/;
const FORBIDDEN_RESPONSE = /^set-cookie2?$/;

export const corsSaysWhatBrowsersDo: Check = {
  id: 'edge/cors-says-what-browsers-do',
  code: 'SW-446',
  severity: 'error',
  title: 'A browser does not do what CORS is asked to grant',
  why: 'The header would be listed and never sent or shown, or the age cut to what browsers keep; the page would go on failing.',
  hint: 'Take the header out; for cookies write `credentials: true`. Let `maxAge` be whole seconds, a day at most.',
  run: ({ environment, services }) => [
    ...findingsOf(environment.cors),
    ...services.flatMap(({ routes }) =>
      routes.flatMap(({ crossOrigin }) => (crossOrigin === undefined ? [] : findingsOf(crossOrigin))),
    ),
  ],
};

/** Only of what is written here: a figure that came from elsewhere has no origin of its own. */
function findingsOf({ headers, expose, maxAge, origin }: CrossOriginModel): readonly Finding[] {
  const isOwn = (field: string): boolean => origin.of(field) !== origin.self;
  return [
    ...(isOwn('headers') ? headers.filter((name) => FORBIDDEN_REQUEST.test(name)) : []).map((name) => ({
      at: origin.of('headers'),
      message: `no script can set \`${name}\`: the browser does, or nobody`,
    })),
    ...(isOwn('expose') ? expose.filter((name) => FORBIDDEN_RESPONSE.test(name)) : []).map((name) => ({
      at: origin.of('expose'),
      message: `no script is ever shown \`${name}\``,
    })),
    ...(isOwn('maxAge') && (maxAge > DAY_MS || maxAge % 1000 !== 0)
      ? [
          {
            at: origin.of('maxAge'),
            message: `\`maxAge\` is ${formatDuration(maxAge)}; ${maxAge > DAY_MS ? 'browsers keep a grant for 24 h at most' : 'it is sent in whole seconds'}`,
          },
        ]
      : []),
  ];
}
