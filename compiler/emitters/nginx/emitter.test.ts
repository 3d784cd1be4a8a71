import assert from 'node:assert/strict';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { CONTROLS } from '../controls.ts';
import type { Artifact } from '../emitter.ts';
import { emitter } from './emitter.ts';
import { testNginxFolder, writeNginxFolder } from './testing/run-nginx.ts';

type Change = readonly [from: string | RegExp, to: string];

function emitAfter(...changes: readonly Change[]): readonly Artifact[] {
  const yaml = changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, `nothing to replace: ${from}`);
    return changed;
  }, EDGE_SYSTEM);
  return emitter.emit(modelOf(yaml));
}

const text = (artifacts: readonly Artifact[], path: string): string =>
  artifacts.find((artifact) => artifact.path === `nginx/${path}`)?.text ?? '';

const KUBERNETES: Change = ['wanted: [nginx, runtime, systemd]', 'wanted: [nginx, runtime, kubernetes]'];
const NO_RUNTIME: readonly Change[] = [
  ['wanted: [nginx, runtime, systemd]', 'wanted: [nginx, systemd]'],
  [/---\napiVersion: seaworthy.dev\/v1alpha1\nkind: Service\nmetadata: { name: gateway[\s\S]*?(?=---)/, ''],
];
const NO_DOMAINS: Change = [/ {2}domains: .*\n/, ''];
const TLS13: Change = ['  publicPorts: [80, 443]', '  publicPorts: [443]\n  tls: { minVersion: "1.3" }'];
const CATCH_ALL: Change = [
  '  objectives:',
  '    - { path: /, name: all, match: prefix, auth: none, methods: [GET, POST] }\n    - { path: /v1/files/, name: folder, match: prefix, auth: none }\n    - { path: /docs/, name: docs, auth: none }\n  objectives:',
];
const AWKWARD: readonly Change[] = [
  ['/v1/limited,', '"/v1/a$b;c\'d(e)*+,=:@!~&",'],
  ['name: limited', `name: ${'n'.repeat(63)}`],
  ['host: api.harbour.example', `host: ${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`],
  ["X-Notice: 'costs", "X-Quoted: 'a\\b \"c\" ''d'' $host $e {f}; }', X-Notice: 'costs"],
];

/** One location of the compiled routes, from its first line to its last. */
function locationOf(artifacts: readonly Artifact[], name: string): string {
  const routes = text(artifacts, 'snippets/routes.conf');
  const start = routes.indexOf(`location ${name} {`);
  assert.ok(start >= 0, name);
  return routes.slice(start, routes.indexOf('\n}', start));
}

describe('the nginx emitter', (it) => {
  const VARIANTS: Readonly<Record<string, readonly Change[]>> = {
    'everything on a host': [],
    'in Kubernetes': [KUBERNETES],
    'without the runtime': NO_RUNTIME,
    'without domains': [NO_DOMAINS],
    'TLS 1.3 only, no plain port': [TLS13],
    'a catch-all route and prefixes that end in a slash': [CATCH_ALL],
    'headers owned by the runtime': [['stage: production', 'stage: production\n  headerOwner: runtime']],
    'no limits': [[/, rateLimits: \[[^\]]*\]/g, '']],
    'no routes': [[/ {2}routes:\n[\s\S]*?(?= {2}objectives)/, '']],
    'no origins': [[/ {2}origins: .*\n/, '']],
    'http-01': [['publicPorts', 'tls: { challenge: http-01 }\n  publicPorts']],
    'awkward names, paths and headers': AWKWARD,
    'two hosts': [['domains: [', 'domains: [{ host: default }, { host: api.second.example }, ']],
  };
  for (const [name, changes] of Object.entries(VARIANTS)) {
    it(`passes nginx -t :: ${name}`, () => {
      const { ok, output } = testNginxFolder(
        writeNginxFolder(emitAfter(...changes), { ports: { 80: 18_080, 443: 18_443 } }),
      );
      assert.ok(ok, output);
      assert.doesNotMatch(output, /\[warn\]|\[emerg\]/);
    });
  }

  it('lets a client pause as long as the route may take, and streams what is too large to keep', () => {
    const locationOf = (bodyLimit: string, timeout: string): string => {
      const artifacts = emitAfter([
        'methods: [GET, PUT], bodyLimit: 4Ki',
        `methods: [GET, PUT], bodyLimit: ${bodyLimit}, timeout: ${timeout}`,
      ]);
      return /^location = \/v1\/files \{\n([\s\S]*?)^\}/m.exec(text(artifacts, 'snippets/routes.conf'))?.[1] ?? '';
    };
    const long = locationOf('5Gi', '1h');
    for (const line of [
      'client_max_body_size 5g',
      'client_body_timeout 3600s',
      'send_timeout 3600s',
      'proxy_request_buffering off',
    ])
      assert.ok(long.includes(`    ${line};\n`), line);
    const short = locationOf('8Mi', '15s');
    assert.match(short, /client_max_body_size 8m;/);
    assert.doesNotMatch(short, /client_body_timeout|^ *send_timeout|proxy_request_buffering/m);
    assert.match(text(emitAfter(), 'nginx.conf'), /client_body_timeout 15s;\n *send_timeout 30s;/);
  });

  it('says so where no domain is named, and claims nothing', () => {
    const artifacts = emitAfter(NO_DOMAINS);
    assert.deepEqual(
      artifacts.map(({ path }) => path),
      ['nginx/nginx.conf'],
    );
    assert.match(text(artifacts, 'nginx.conf'), /Nothing is served: environment production names no domain/);
    assert.doesNotMatch(text(artifacts, 'nginx.conf'), /listen/);
    assert.deepEqual(
      artifacts.flatMap(({ claims }) => claims),
      [],
    );
  });

  it('uses what the versions can do', () => {
    const old = emitAfter();
    assert.match(text(old, 'conf.d/_default.conf'), /listen 443 ssl http2 default_server;/);
    assert.match(text(old, 'http/tls.conf'), /ssl_session_tickets off;/);
    assert.match(text(old, 'http/tls.conf'), /ssl_ecdh_curve X25519:prime256v1:secp384r1;/);
    const current = emitAfter(['  rateLimits:', '  versions: { nginx: "1.30", openssl: "3.5" }\n  rateLimits:']);
    assert.match(text(current, 'conf.d/_default.conf'), /listen 443 ssl default_server;[\s\S]*http2 on;/);
    assert.doesNotMatch(text(current, 'http/tls.conf'), /ssl_session_tickets/);
    assert.match(text(current, 'http/tls.conf'), /ssl_ecdh_curve X25519MLKEM768:X25519/);
  });

  it('offers TLS 1.3 alone where that is the minimum', () => {
    const tls = text(emitAfter(TLS13), 'http/tls.conf');
    assert.match(tls, /ssl_protocols TLSv1.3;/);
    assert.doesNotMatch(tls, /ssl_ciphers/);
  });

  it('opens a plain port only where it is public', () => {
    const files = (artifacts: readonly Artifact[]) => artifacts.map((artifact) => artifact.text).join('\n');
    assert.match(files(emitAfter()), /listen 80;/);
    assert.doesNotMatch(files(emitAfter(TLS13)), /listen (\[::\]:)?80\b/);
  });

  it('proxies to the runtime where there is one, else to every instance', () => {
    assert.match(text(emitAfter(), 'http/upstreams.conf'), /upstream runtime \{[\s\S]*server 127\.0\.0\.1:8081;/);
    assert.match(
      text(emitAfter(KUBERNETES), 'http/upstreams.conf'),
      /server gateway\.harbour-production\.svc\.cluster\.local:8081;/,
    );
    assert.match(
      text(emitAfter(...NO_RUNTIME), 'http/upstreams.conf'),
      /upstream api \{[\s\S]*server 127\.0\.0\.1:3000;\n {4}server 127\.0\.0\.1:3001;/,
    );
  });

  it('leaves preflights and headers to the runtime that owns them :: and sends them only where it did not', () => {
    const artifacts = emitAfter(['stage: production', 'stage: production\n  headerOwner: runtime']);
    const headers = [...text(artifacts, 'snippets/headers.conf').matchAll(/^add_header (\S+)/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(headers.slice(-3), ['Allow', 'Retry-After', 'X-Request-Id']);
    assert.match(
      text(artifacts, 'snippets/headers.conf'),
      /^add_header X-Frame-Options \$own_x_frame_options always;$/m,
    );
    assert.match(
      text(artifacts, 'http/headers.conf'),
      /^map \$upstream_http_x_frame_options \$own_x_frame_options \{\n {4}default "";\n {4}"" DENY;\n\}$/m,
    );
    assert.match(text(artifacts, 'snippets/routes.conf'), /\$request_method !~ "\^\(\?:[^)]*\bOPTIONS\b/);
    assert.doesNotMatch(text(artifacts, 'snippets/routes.conf'), /\$allowed_methods "[^"]*OPTIONS/);
    assert.doesNotMatch(text(artifacts, 'http/forwarding.conf'), /proxy_hide_header (?!X-Powered-By)/);
  });

  it('never writes into a location what would drop the inherited headers', () => {
    for (const artifact of emitAfter(CATCH_ALL)) {
      if (artifact.path === 'nginx/snippets/headers.conf' || artifact.path === 'nginx/http/forwarding.conf') continue;
      assert.doesNotMatch(artifact.text.replace(/#.*/g, ''), /\b(add_header|proxy_set_header)\b/, artifact.path);
    }
  });

  it('leaves to the runtime what nginx cannot count, in words', () => {
    const limits = text(emitAfter(), 'http/rate-limits.conf');
    assert.match(limits, /# Left to the runtime: daily \(5\/d for each client\)/);
    assert.match(limits, /limit_req_zone \$limit_key_slow_client zone=slow_client:10m rate=30r\/m;/);
    assert.doesNotMatch(limits, /keys/);
  });

  it('rehearses a dry run and claims nothing for it :: no zone refuses', () => {
    const artifacts = emitAfter([
      /zone: slow, per: client, rate: 30\/min/,
      'zone: slow, dryRun: true, per: client, rate: 30/min',
    ]);
    assert.match(
      locationOf(artifacts, '= /v1/limited'),
      /limit_req zone=slow_client burst=1 nodelay;\n {4}limit_req_dry_run on;/,
    );
    // Beside a limit that enforces it would enforce or hold nothing back, so it is left to the runtime there.
    const items = locationOf(artifacts, '= /v1/items');
    assert.match(items, /limit_req zone=standard_client burst=4 nodelay;/);
    assert.doesNotMatch(items, /dry_run|slow_client/);
    const claims = artifacts
      .flatMap((artifact) => artifact.claims)
      .filter(({ control }) => control === 'edge/rate-limit');
    assert.deepEqual(
      claims.map(({ subject, parameters }) => [subject, parameters['zone']]),
      [['route/api/list', 'standard_client']],
    );
    const marks = artifacts.flatMap(({ origins }) => origins).map(({ part }) => part);
    assert.ok(marks.includes('location = /v1/limited/limit_req_dry_run'));
  });

  it('leaves a route that costs more, and figures that change at run time, to the runtime', () => {
    const dear = emitAfter(['name: limited, auth: none', 'name: limited, cost: 3, auth: none']);
    assert.match(text(dear, 'http/rate-limits.conf'), /# Left to the runtime: slow [^\n]*one of this route costs 3/);
    assert.doesNotMatch(locationOf(dear, '= /v1/limited'), /limit_req /);
    const replaced = emitAfter(['zone: slow, per: client', 'zone: slow, env: { rate: SLOW_RPM }, per: client']);
    assert.doesNotMatch(text(replaced, 'http/rate-limits.conf'), /limit_req_zone [^\n]*slow/);
  });

  it('shows what is still undecided', () => {
    const artifacts = emitAfter([
      'metadata: { name: api, system: harbour }',
      'metadata: { name: api, system: harbour }\nundecided: [{ field: port, why: "Not\\nnamed." }]',
    ]);
    assert.match(text(artifacts, 'nginx.conf'), /# - Service api, port \(for now 3000\): Not named\./);
  });

  it('claims known controls, once each', () => {
    const claims = emitAfter().flatMap((artifact) => artifact.claims);
    const known = new Set<string>(CONTROLS.map(({ id }) => id));
    for (const { control } of claims) assert.ok(known.has(control), control);
    const keys = claims.map((claim) => JSON.stringify(claim));
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(keys.some((key) => key.includes('"edge/restricted-path","subject":"route/api/metrics"')));
  });

  it('marks directives that stand in the file', () => {
    for (const artifact of emitAfter()) {
      for (const { part } of artifact.origins) {
        const words = part.split('/').at(-1)?.split(' ')[0] ?? '';
        if (!part.startsWith('location')) assert.ok(artifact.text.includes(words), `${artifact.path}: ${part}`);
      }
    }
  });

  it('prints the same bytes for the same model', () => {
    assert.deepEqual(
      emitAfter().map((artifact) => artifact.text),
      emitAfter().map((artifact) => artifact.text),
    );
  });
});
