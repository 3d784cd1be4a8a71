/**
 * Holds every compiled file of an environment against the grammar of its target.
 */
import { parseAllDocuments } from 'yaml';
import { validateRuntimePolicy } from '../../../schemas/runtime-policy-validator.gen.js';
import { holdObject } from './hold-kubernetes.ts';
import { holdDashboard, holdRules, type RuleFile } from './hold-rules.ts';

/** What a target would refuse, in words; none when all is well. nginx is asked itself, by `hold-with-tools.ts`. */
export function holdFiles(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([path, text]) => holdFile(path, text).map((fault) => `${path}: ${fault}`));
}

function holdFile(path: string, text: string): readonly string[] {
  if (/^(kubernetes|argocd)\/.*\.yaml$/.test(path)) return read(text).flatMap((object) => holdObject(object));
  if (/^prometheus\/rules\/.*\.yaml$/.test(path)) return read(text).flatMap((file) => holdRules(file as RuleFile));
  if (/^grafana\/.*\.json$/.test(path)) return holdDashboard(JSON.parse(text));
  if (path === 'runtime/policy.json' && !validateRuntimePolicy(JSON.parse(text)))
    return (validateRuntimePolicy.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} breaks ${keyword}`);
  return [];
}

/** Read as YAML 1.1, as the targets read it. */
const read = (text: string): unknown[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());
