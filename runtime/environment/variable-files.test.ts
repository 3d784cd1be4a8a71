import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';
import { namedVariables } from './named-variables.ts';
import { createVariables, readVariableFiles } from './variable-files.ts';

/** Keywords of JSON Schema between the name of a field and what it refers to. */
const STRUCTURE = /^(?:properties|items|\$defs|oneOf)$/;

function findReferences(node: unknown, field: string, found: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === '$ref' && value === '#/$defs/EnvName') found.add(field);
    findReferences(value, Array.isArray(node) || STRUCTURE.test(name) ? field : name, found);
  }
}

function inFolder(body: (write: (name: string, text: string | Buffer) => string) => void | Promise<void>) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-variables-'));
    try {
      await body((name, text) => {
        const path = join(folder, name);
        writeFileSync(path, text);
        return path;
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

describe('variables in files', (it) => {
  const policy = testPolicy();

  it(
    'NAME_FILE is the value of NAME :: one line feed at the end is cut, nothing else',
    inFolder((write) => {
      for (const [text, value] of [
        ['secret', 'secret'],
        ['secret\n', 'secret'],
        ['secret\r\n', 'secret'],
        ['two\nlines\n\n', 'two\nlines\n'],
        [' blank ', ' blank '],
      ] as const) {
        const read = readVariableFiles(policy, { DATABASE_URL_FILE: write('url', text) });
        ok(read.kind === 'read');
        equal(read.env['DATABASE_URL'], value);
      }
    }),
  );

  it(
    'is refused without a word of what is in it :: both forms, no file, an empty one, bytes that are no text',
    inFolder((write) => {
      const reasonOf = (env: Readonly<Record<string, string>>) => {
        const read = readVariableFiles(policy, env);
        return read.kind === 'refused' ? read.reasons.join() : 'read';
      };
      const file = write('secret', 'very secret');
      equal(
        reasonOf({ DATABASE_URL: 'postgresql://x', DATABASE_URL_FILE: file }),
        'DATABASE_URL_FILE is set, and so is DATABASE_URL; set one of them',
      );
      equal(reasonOf({ DATABASE_URL_FILE: '/none' }), 'DATABASE_URL_FILE names a file that cannot be read (ENOENT)');
      equal(reasonOf({ DATABASE_URL_FILE: '/' }), 'DATABASE_URL_FILE names a file that cannot be read (EISDIR)');
      equal(reasonOf({ DATABASE_URL_FILE: write('e', '\n') }), 'DATABASE_URL_FILE names an empty file');
      match(reasonOf({ DATABASE_URL_FILE: write('b', Buffer.from([0xff, 0xfe])) }), /not UTF-8 text/);
      match(reasonOf({ DATABASE_URL_FILE: write('l', Buffer.alloc(1_048_577, 'a')) }), /more than 1048576 bytes/);
      // An empty variable is one that is not set.
      equal(reasonOf({ DATABASE_URL: '', DATABASE_URL_FILE: file }), 'read');
    }),
  );

  it(
    'only for names of the policy :: and a name of its own that ends in _FILE is itself',
    inFolder((write) => {
      const file = write('x', 'x');
      deepEqual(readVariableFiles(policy, { OTHER_FILE: file }), { kind: 'read', env: { OTHER_FILE: file } });
      const variable = { required: false, format: 'text', onProblem: 'refuse' } as const;
      const both = testPolicy({ variables: ['KEY', 'KEY_FILE'].map((name) => ({ name, ...variable })) });
      deepEqual(readVariableFiles(both, { KEY_FILE: file }), { kind: 'read', env: { KEY_FILE: file } });
    }),
  );

  it(
    'is read again with each policy, into the same object :: a refusal leaves it as it was',
    inFolder((write) => {
      const path = write('url', 'one');
      const variables = createVariables({ DATABASE_URL_FILE: path });
      const { values } = variables;
      variables.read(policy);
      equal(values['DATABASE_URL'], 'one');
      write('url', 'two');
      variables.read(policy);
      equal(values['DATABASE_URL'], 'two');
      write('url', '');
      equal(variables.read(policy).kind, 'refused');
      equal(values['DATABASE_URL'], 'two');
    }),
  );

  it(
    'a gateway starts on them :: the administrator is known by the token of the file',
    within(15_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-variables-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'token');
      writeFileSync(path, `${'t'.repeat(40)}\n`);
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const served = testPolicy({ upstreams: { main: testUpstream(upstream) }, routes: [testRoute()] });
      const gateway = await startGateway(served, later, { env: { [`${served.auth.admin.env}_FILE`]: path } });
      const ask = (token: string) =>
        fetch(`${gateway.adminUrl}/v1/admin/policy`, { headers: { authorization: `Bearer ${token}` } });
      equal((await ask('t'.repeat(40))).status, 200);
      equal((await ask('u'.repeat(40))).status, 401);
      ok(!JSON.stringify(gateway.lines).includes('ttttt'));
    }),
  );

  it('every field of the schema that holds the name of a variable is found', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../schemas/runtime-policy.schema.json', import.meta.url), 'utf8'),
    ) as unknown;
    const fields = new Set<string>();
    findReferences(schema, '', fields);
    // `name` is that of an entry in `variables`, and of its `unless`.
    deepEqual([...fields].filter((field) => field !== 'name').sort(), [
      'dsnEnv',
      'endpointEnv',
      'env',
      'keyEnv',
      'pepperEnv',
      'secretEnvs',
    ]);
    for (const field of fields) {
      if (field === 'name') continue;
      const shape = { ...policy, extra: { [field]: field === 'secretEnvs' ? ['FOUND'] : 'FOUND' } };
      ok(namedVariables(shape).includes('FOUND'), field);
    }
  });
});
