import assert from 'node:assert/strict';
import { analyse } from '../pipeline.ts';
import { BASE } from '../testing/mistakes/base-spec.ts';
import { describe } from '../testing/suite.ts';
import { maskSecrets, secretIn } from './mask-secrets.ts';
import { renderGithub } from './render-github.ts';
import { renderHuman } from './render-human.ts';
import { renderJson } from './render-json.ts';
import { renderSarif } from './render-sarif.ts';

// Put together here, so that no scanner takes this file for a leak.
const RANDOM = 'h8Kq2LmZx7Rt4VbN9wYc';
const SECRETS: Readonly<Record<string, string>> = {
  'a key of Stripe': `sk_live_51${RANDOM}`,
  'an access key of AWS': `AKIA${'IOSFODNN7EXAMPLQ'}`,
  'a token of GitHub': `ghp_${RANDOM}${RANDOM}`,
  'a token of GitLab': `glpat-${RANDOM}`,
  'a token of Slack': `xoxb-1234567890-${RANDOM}`,
  'a key of Google': `AIza${RANDOM}${RANDOM.slice(0, 15)}`,
  'a key of a model provider': `sk-ant-api03-${RANDOM}`,
  'a JSON Web Token': `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${RANDOM}`,
  'a URL with a password': `postgres://shop:${RANDOM}@db.example.com/shop`,
  'a private key': `-----BEGIN RSA PRIVATE KEY-----\\n${RANDOM}\\n-----END RSA PRIVATE KEY-----`,
};

/** The findings of the base spec with another value of a variable, in every form that the program prints. */
function report(from: string, to: string) {
  assert.ok(BASE.includes(from));
  const text = BASE.replace(from, () => to);
  const sources = { value: [{ path: 'spec/shop.yaml', bytes: new TextEncoder().encode(text) }], diagnostics: [] };
  const { diagnostics } = analyse(sources, { specRoot: 'spec', today: '2026-11-27' });
  const human = renderHuman(diagnostics, { source: () => text });
  const machine = [
    renderJson(diagnostics),
    renderGithub(diagnostics),
    renderSarif(diagnostics, { version: '0.0.0' }),
  ].map(String);
  return { codes: diagnostics.map(({ code }) => code), human, all: [human, ...machine].join('\n') };
}

describe('secrets in the spec', (it) => {
  for (const [what, secret] of Object.entries(SECRETS)) {
    it(`${what} is an error, and nothing shows it`, () => {
      const { codes, human, all } = report('value: info', `value: "${secret}"`);
      assert.deepEqual(codes, ['SW-226']);
      assert.ok(human.includes(what), human);
      assert.match(human, /value: "?•+/);
      assert.ok(!all.includes(RANDOM) && !all.includes('IOSFODNN'), all);
    });
  }

  it('is an error wherever it stands, and no other finding on the line shows it', () => {
    const key = SECRETS['a key of Stripe'] ?? '';
    const described = report('title: Web shop', `title: Web shop with ${key}`);
    assert.deepEqual(described.codes, ['SW-226']);
    const misspelt = report('value: info', `vaule: ${key}`);
    assert.deepEqual(
      misspelt.codes,
      ['SW-226', 'SW-205', 'SW-218'].filter((code) => misspelt.codes.includes(code)),
    );
    const asPort = report('port: 8000', `port: ${key}`);
    const inImage = report('host: cache.internal.example.com', `host: ${key}`);
    const torn = report('value: info', `value: [${key}`);
    for (const { all } of [described, misspelt, asPort, inImage, torn]) assert.ok(!all.includes(RANDOM), all);
  });

  it('of a check is hidden by its place, whatever its shape', () => {
    const { codes, all } = report('name: LOG_LEVEL\n      value: info', 'name: DB_PASSWORD\n      value: hunter2');
    assert.deepEqual(codes, ['SW-460']);
    assert.ok(!all.includes('hunter2'), all);
  });

  it('leaves what only resembles one', () => {
    const harmless = [
      'sk_live_',
      'AKIA',
      'ghp_short',
      'https://user@example.com/',
      'postgres://db.example.com/shop',
      'eyJ.x.y',
      'redis://:$REDIS@host',
      'https://example.com/a:b@c',
      'postgres://user:<password>@host/db',
      'task-running-in-the-background-now',
      'registry.example.com/shop/api:1.4.0',
    ];
    for (const text of harmless) assert.equal(secretIn(text), undefined, text);
    assert.equal(maskSecrets('LOG_LEVEL: info'), 'LOG_LEVEL: info');
  });
});
