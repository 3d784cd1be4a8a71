/**
 * A program that answers as kubeconform 0.7.0 does, for machines without it.
 *
 * Owns what was recorded from the real one: how it looks for schemas, the report, its messages and its exit status. It knows the two
 * schemas `{}` and `{"not": {}}`; without a location it tries the network, and has none.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts the program into a folder, and returns a PATH that finds it first. */
export function installKubeconformStub(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'kubeconform');
  writeFileSync(program, `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(program, 0o755);
  return `${folder}:${process.env['PATH'] ?? ''}`;
}

const PROGRAM = String.raw`
const { existsSync, readFileSync } = require('node:fs');
const [locations, files] = [[], []];
const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (arg === '-schema-location') locations.push(args.shift());
  else if (arg === '-output') args.shift();
  else if (!arg.startsWith('-')) files.push(arg);
}
const fieldsIn = [...locations.join().matchAll(/\{\{ *\.(\w+) *\}\}/g)].map(([, field]) => field);
const KNOWN = ['NormalizedKubernetesVersion', 'StrictSuffix', 'ResourceKind', 'ResourceAPIVersion', 'Group', 'KindSuffix'];
const unknown = fieldsIn.find((field) => !KNOWN.includes(field));
if (unknown !== undefined) {
  console.error('failed initialising schema location registry: template: tpl:1:13: executing "tpl" at <.' + unknown + '>');
  process.exit(1);
}
const judge = (filename) => {
  const text = readFileSync(filename, 'utf8');
  const [kind, version, name] = ['kind', 'apiVersion', 'name'].map((key) => RegExp(key + ': *([^ ,}\\n]+)').exec(text)?.[1] ?? '');
  const result = (status, msg) => ({ filename, kind, name, version, status, msg });
  if (version === '') return result('statusError', "error while parsing: missing 'apiVersion' key");
  const [group, api] = version.includes('/') ? version.split('/') : ['', version];
  const suffix = (group === '' ? '' : '-' + group.split('.')[0]) + '-' + api;
  const file = kind.toLowerCase() + suffix + '.json';
  const url = 'https://raw.githubusercontent.com/yannh/kubernetes-json-schema/master/master-standalone-strict/' + file;
  if (locations.length === 0) return result('statusError', 'failed downloading schema at ' + url + ': giving up after 3 attempt(s)');
  const fields = { NormalizedKubernetesVersion: 'master', StrictSuffix: '-strict', ResourceKind: kind.toLowerCase(),
    ResourceAPIVersion: api, Group: group, KindSuffix: suffix };
  const path = locations.map((location) => location.replace(/\{\{ *\.(\w+) *\}\}/g, (_, key) => fields[key])).find(existsSync);
  if (path === undefined) return result('statusError', 'could not find schema for ' + kind);
  return readFileSync(path, 'utf8').includes('not')
    ? result('statusInvalid', "problem validating schema. Check JSON formatting: jsonschema validation failed with 'file://" +
        path + "#' - at '': 'not' failed")
    : result('statusValid', '');
};
const resources = files.map(judge).reverse();
const count = (status) => resources.filter((resource) => resource.status === status).length;
const summary = { valid: count('statusValid'), invalid: count('statusInvalid'), errors: count('statusError'), skipped: 0 };
console.log(JSON.stringify({ resources, summary }, null, 2));
process.exitCode = summary.invalid + summary.errors > 0 ? 1 : 0;
`;
