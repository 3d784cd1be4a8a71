/**
 * The spec of a small system in a cluster as text, for tests that say what a user writes: a gateway in front of one service. Each test
 * adds its lines, or documents of its own. `emitted` gives what the real stages make of it.
 */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { variablesOf } from '../derive/connections/connections.ts';
import { buildRuntimePolicy, printRuntimePolicy } from '../derive/runtime-policy/build-policy.ts';
import { requiredVariables } from '../derive/runtime-policy/required-variables.ts';
import { emitter as argocd } from '../emitters/argocd/emitter.ts';
import type { Artifact } from '../emitters/emitter.ts';
import { emitter as kubernetes } from '../emitters/kubernetes/emitter.ts';
import { emitter as nginx } from '../emitters/nginx/emitter.ts';
import { emitter as prometheus } from '../emitters/prometheus/emitter.ts';
import type { Model } from '../resolve/model/index.ts';
import { compileText } from './compile-text.ts';

export interface SpecParts {
  /** Lines of each document's `spec`, two columns in. */
  readonly system?: string;
  readonly environment?: string;
  readonly gateway?: string;
  readonly api?: string;
  /** Lines in the place of the route without credentials. */
  readonly routes?: string;
  /** Whole documents. */
  readonly documents?: readonly string[];
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

export const documentOf = (kind: string, name: string, spec: string): string =>
  [
    'apiVersion: seaworthy.dev/v1alpha1',
    `kind: ${kind}`,
    kind === 'System' ? `metadata: { name: ${name}, owner: platform }` : `metadata: { name: ${name}, system: shop }`,
    'spec:',
    ...spec
      .trim()
      .split('\n')
      .map((line) => `  ${line}`),
    '',
  ].join('\n');

export const clusterSpec = (parts: SpecParts = {}): string =>
  [
    documentOf('System', 'shop', `title: Shop\n${parts.system ?? SYSTEM}`),
    documentOf(
      'Environment',
      'production',
      `stage: production\n${parts.environment ?? 'secretStore: { name: vault }'}`,
    ),
    documentOf('Service', 'gateway', `${GATEWAY}\n${parts.gateway ?? ''}`),
    documentOf(
      'Service',
      'api',
      `${API}\n${parts.routes ?? 'routes: [{ path: /v1, auth: none }]'}\n${parts.api ?? 'scale: { min: 2 }'}`,
    ),
    ...(parts.documents ?? []),
  ].join('---\n');

const SYSTEM = `targets: { wanted: [argocd, kubernetes, prometheus, runtime] }
repository: { url: "https://git.example.com/shop.git" }`;

const GATEWAY = `role: gateway
image: registry.example.com/runtime:0.1.0@${DIGEST}
port: 8080
metrics: { port: 9090 }
resources: { cpu: 250m, memory: 256Mi }`;

const API = `image: registry.example.com/api:1.0@${DIGEST}
port: 3000
metrics: { path: /metrics }
resources: { cpu: 250m, memory: 256Mi }`;

/** The model of a spec that the stages before the checks accept without a word. */
export function clusterModel(parts: SpecParts = {}): Model {
  const { models, diagnostics } = compileText(clusterSpec(parts));
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    [],
  );
  const [model] = models;
  assert.ok(model !== undefined);
  return model;
}

/** The files of nginx, which its pods hold; none where it is no target of the environment. */
export const nginxFiles = (model: Model): readonly Artifact[] =>
  model.system.targets.wanted.includes('nginx') ? nginx.emit(model) : [];

/** Everything that is emitted for the cluster, parsed, by path. */
export function emitted(model: Model): ReadonlyMap<string, unknown> {
  const artifacts: readonly Artifact[] = [kubernetes, argocd, prometheus].flatMap((emitter) => [
    ...emitter.emit(model),
  ]);
  return new Map(artifacts.map(({ path, text }) => [path, parse(text) as unknown]));
}

/** The policy of the gateway as its pod reads it, what it asks for, and what the pod is given. */
export function gatewayContract(parts: SpecParts) {
  const model = clusterModel(parts);
  const policy = buildRuntimePolicy(model);
  const gateway = model.services.find(({ role }) => role === 'gateway');
  const given = gateway === undefined ? [] : variablesOf(model, gateway);
  return { policy: printRuntimePolicy(policy), required: requiredVariables(policy), given };
}

/** The value at a JSON pointer, or undefined. */
export const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => (isIndexed(node) ? node[key] : undefined), value);

/** A list is looked into by the text of its index, as in a pointer. */
const isIndexed = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
