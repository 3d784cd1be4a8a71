import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { generateTypes, makeReadonly } from './types.ts';

describe('makeReadonly', (it) => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'a property': ['  path: string;', '  readonly path: string;'],
    'an optional property': ['  path?: string;', '  readonly path?: string;'],
    'a quoted property': ["  'x-a': string;", "  readonly 'x-a': string;"],
    'an index signature': ['  [k: string]: Route;', '  readonly [k: string]: Route;'],
    'an array': ['  routes: Route[];', '  readonly routes: readonly Route[];'],
    'an array of a union': ['  a: (B | (C & D))[];', '  readonly a: readonly (B | (C & D))[];'],
    'an array of arrays': ['  a: (B[])[];', '  readonly a: readonly (readonly B[])[];'],
    'an array that is an alias': ['export type Routes = Route[];', 'export type Routes = readonly Route[];'],
    'two arrays in a union': ['  a: B[] | C[];', '  readonly a: readonly B[] | readonly C[];'],
    'a comment is left alone': ['   * a: B[];', '   * a: B[];'],
    'a property whose union follows on lines of their own': ['  path:', '  readonly path:'],
    'a union over several lines is left alone': ["    | 'a: b'", "    | 'a: b'"],
  };
  for (const [title, [before, after]] of Object.entries(cases)) {
    it(title, () => assert.is(makeReadonly(before), after));
  }
});

describe('generateTypes', (it) => {
  it('gives closed, readonly declarations without noise', async () => {
    const schema = {
      title: 'Thing',
      type: 'object',
      required: ['routes'],
      properties: { routes: { type: 'array', minItems: 1, items: { $ref: '#/$defs/Route' } } },
      $defs: { Route: { type: 'object', properties: { path: { type: 'string', description: 'Where.' } } } },
    };
    const [file] = await generateTypes([{ path: 'schemas/thing.schema.json', name: 'Thing', schema }]);
    assert.is(file?.path, 'schemas/thing.gen.ts');
    assert.match(file?.text ?? '', 'readonly routes: readonly Route[];');
    assert.match(file?.text ?? '', '   * Where.\n   */\n  readonly path?: string;');
    assert.not.match(file?.text ?? '', /\[k: string\]|referenced by/);
  });

  it('declares what several schemas refer to once, and imports it by one name', async () => {
    const common = { $defs: { name: { type: 'string' }, pool: { title: 'Pool', type: 'object', properties: {} } } };
    const pool = { $ref: 'common.schema.json#/$defs/pool', description: 'Its own.' };
    // The library reads this one from the disk itself.
    const name = { $ref: 'common.schema.json#/$defs/name' };
    const thing = { title: 'Thing', type: 'object', properties: { pool, pools: { type: 'array', items: pool }, name } };
    const files = await generateTypes([
      { path: 'schemas/spec/common.schema.json', name: 'Common', schema: common },
      { path: 'schemas/spec/thing.schema.json', name: 'Thing', schema: thing },
    ]);
    const text = files[1]?.text ?? '';
    assert.match(text, "import type { Pool } from './common.gen.ts';");
    assert.match(text, '   * Its own.\n   */\n  readonly pool?: Pool;');
    assert.match(text, 'readonly pools?: readonly Pool[];');
    assert.match(text, 'readonly name?: string;');
    assert.not.match(text, 'export interface Pool');
  });
});
