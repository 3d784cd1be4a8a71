/** What a Datastore must say of an engine that the registry does not list. */
import assert from 'node:assert/strict';
import { clusterSpec, documentOf } from '../testing/cluster-spec.ts';
import { compileText } from '../testing/compile-text.ts';
import { describe } from '../testing/suite.ts';

const codes = (spec: string): readonly string[] =>
  compileText(clusterSpec({ documents: [documentOf('Datastore', 'bus', spec)] })).diagnostics.map(({ code }) => code);

describe('resolve :: datastores', (it) => {
  it('asks an unlisted engine for its port', () => {
    assert.deepEqual(codes('engine: other\nhost: c.example.com'), ['SW-314']);
    assert.deepEqual(codes('engine: other\nhost: c.example.com\nport: 9042'), []);
    assert.deepEqual(codes('engine: other\nembeddedIn: api'), []);
  });

  it('lets no listed engine speak another protocol', () => {
    assert.deepEqual(codes('engine: redis\nhost: c.example.com\nprotocol: cql'), ['SW-315']);
    assert.deepEqual(codes('engine: other\nhost: c.example.com\nport: 9042\nprotocol: cql'), []);
  });
});
