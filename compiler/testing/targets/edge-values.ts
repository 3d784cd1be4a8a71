/**
 * Values at the edges of what the language takes: the longest names, the smallest and largest figures, the strangest texts.
 *
 * Texts are also made from the very patterns of the schemas, so a pattern that grows is tried at once.
 */
import fc from 'fast-check';
import common from '../../../schemas/spec/common.schema.json' with { type: 'json' };
import service from '../../../schemas/spec/service.schema.json' with { type: 'json' };
import system from '../../../schemas/spec/system.schema.json' with { type: 'json' };

const DEFINITIONS = common.$defs;

/** Texts of a pattern. The library makes none from what looks ahead, so that part is asked afterwards. */
export const matching = ({ pattern }: { readonly pattern: string }, maxLength = 40): fc.Arbitrary<string> =>
  fc
    .stringMatching(new RegExp(pattern.replace(/\(\?[=!][^)]*\)/g, ''), 'u'), { maxLength })
    .filter((made) => new RegExp(pattern, 'u').test(made));

const either = <T>(known: readonly T[], made: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made });

/** Names, with the lengths at which targets begin to cut. */
export const name = either(
  [
    'a',
    '1api',
    '0',
    `${'n'.repeat(62)}1`,
    `a${'-'.repeat(61)}b`,
    'x'.repeat(52),
    `${'y'.repeat(50)}-z`,
    'a--b',
    'null',
    'on',
  ],
  matching(DEFINITIONS.name, 63),
);
export const duration = either(
  ['1ms', '999ms', '1s', '1500ms', '2s', '30s', '90s', '5m', '1h', '25h', '30d', '52w', '36500d', '1h1ms'],
  matching(DEFINITIONS.duration, 8),
);
export const bytes = either(
  ['1B', '1k', '0.5Mi', '512Mi', '1000M', '3G', '8191Ti', '1.5Gi', '1025B'],
  matching(DEFINITIONS.bytes, 6),
);
export const ratio = either(
  ['0.1%', '0.5%', '50%', '70%', '70.5%', '99.9%', '99.999%', '100%'],
  matching(DEFINITIONS.ratio, 5),
);
export const rate = either(
  ['1/d', '0.1/s', '1/min', '7/h', '10/s', '2.5/s', '1000000/s'],
  matching(DEFINITIONS.rate, 7),
);
export const cpu = fc.constantFrom<string | number>('1m', '500m', 2, 0.5, '0.001', 1000);
export const path = either(
  ['/', '/v1/a', `/${'p'.repeat(300)}`, "/a'b", '/a,b=c&d', '/$metadata', '/a/', '/~me', '/a;b', '/@a', '/v1/x:y'],
  matching(DEFINITIONS.path, 30),
);
export const cron = fc.constantFrom(
  '* * * * *',
  '*/5 0-6/2 1,15 * *',
  '0 3 * * mon-fri',
  '0 0 1 jan *',
  '59 23 31 12 6',
  '5 4 * * SUN',
  '0 0 29 2 *',
  '0 0 * * 7',
  '0 0 */2 * 1',
);
/** Texts for people and programs, in which every target sees something else. */
export const text = either(
  [
    '$host',
    '{{ $value }}',
    '"',
    "'",
    '\\',
    '#',
    'a: b',
    '$(PATH)',
    '%',
    'yes',
    '0x1',
    '2026-01-01',
    '{{',
    '}}',
    '`x`',
    '$\u007bx}',
    'é',
    '日本',
    'a\nb',
  ],
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
export const word = either(
  ['url', 'a.b', 'a/b', 'a b', '..', '$x', 'UPPER_case-1', 'k'.repeat(254)],
  fc.string({ minLength: 1, maxLength: 10 }),
);
export const port = fc.constantFrom(1, 80, 1024, 65535);
export const host = either(
  ['a', `${'h'.repeat(63)}.example.com`, `${'d.'.repeat(120)}example`, '10.0.0.1', 'xn--bcher-kva.example'],
  matching(DEFINITIONS.host, 40),
);
export const origin = either(
  ['https://a', `https://${'o'.repeat(63)}.example.com:65535`, '*'],
  matching(DEFINITIONS.origin, 40),
);
export const envName = either(['A', 'A__B', 'PATH', `E${'X'.repeat(200)}`], matching(DEFINITIONS.envName, 20));
export const metricName = either(['up', 'a:b:c', '_x', ':x'], matching(DEFINITIONS.metricName, 20));
export const headerName = either(
  ['authorization', 'X-A', 'x_a', 'a.b', '!x', `x-${'h'.repeat(120)}`],
  matching(DEFINITIONS.headerName, 40),
);
export const line = either(
  ['/etc/ssl/a b.crt', '/etc/$host.crt', '/etc/"x".crt', "/etc/'x'.crt", '/a;b{}#.crt', '\\', '{x}'],
  matching(DEFINITIONS.line, 40),
);
export const secretKey = either(
  ['url', '.a', '-', '_', `${'k'.repeat(253)}`, 'tls.crt', '...a'],
  matching(DEFINITIONS.secretRef.properties.key, 40),
);
const MONITORING = system.properties.spec.properties.monitoring.properties;
export const labelKey = either(
  [
    'release',
    'app.kubernetes.io/name',
    `${'p'.repeat(253)}/a`,
    `${'p.'.repeat(126)}p/a`,
    'a..b/c',
    'a.-b/c',
    'k'.repeat(63),
  ],
  matching(MONITORING.labels.propertyNames, 40),
);
export const labelValue = either(
  ['', 'a', 'A_b.c', 'v'.repeat(63), 'true', '1'],
  matching(MONITORING.labels.additionalProperties, 40),
);
export const filePath = either(
  [
    '/etc/tls/tls.crt',
    '/a/...b',
    `/a/${'f'.repeat(255)}`,
    `/${'d'.repeat(100)}/${'f'.repeat(100)}`,
    '/data/x',
    '/a/b/c/d',
  ],
  matching(service.properties.spec.properties.files.items.properties.path, 40),
);
