/**
 * A system of a spec as a construct: a cdk8s application takes it in beside charts of its own.
 *
 * Owns its two charts: what belongs to the cluster, and after it what is in the namespace, in the order of the sync waves.
 * The objects are those that `seaworthy compile` writes below `kubernetes/`. Reads the spec folder; writes nothing.
 *
 * A chart for each wave, each depending on the one before, would say the order too, but cdk8s makes an edge of every pair of
 * objects between two charts and walks every path: a system of 150 objects then takes seconds.
 */
import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { LABELS, MANAGED_BY, SYNC_WAVES } from '../../schemas/kubernetes-conventions.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Artifact } from '../emitters/emitter.ts';
import { type CompiledModel, type CompileModelOptions, compileModel } from './compile-model.ts';

export interface SeaworthySystemProps extends CompileModelOptions {}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export class SeaworthySystem extends Construct {
  /** Where its objects are. */
  readonly namespace: string;
  /** In the order in which they are applied; a chart that comes after the system depends on them all. */
  readonly charts: readonly Chart[];
  /** What the compiler has to say beside errors: those throw. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(scope: Construct, id: string, props: SeaworthySystemProps) {
    super(scope, id);
    const compiled = compileModel(props);
    this.namespace = compiled.model.environment.namespace;
    this.diagnostics = compiled.diagnostics;
    this.charts = addCharts(this, compiled);
  }
}

function addCharts(scope: Construct, { model, artifacts }: CompiledModel): readonly Chart[] {
  const { namespace, name: environment } = model.environment;
  const labels = {
    [LABELS.partOf]: model.system.name,
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.environment]: environment,
  };
  const objects = artifacts.map(readObject).sort((a, b) => a.step - b.step);
  const isOfCluster = ({ step }: ReadObject): boolean => step === OF_CLUSTER;
  const cluster = new Chart(scope, 'cluster', { labels, disableResourceNameHashes: true });
  const inside = new Chart(scope, 'namespace', { labels, namespace, disableResourceNameHashes: true });
  for (const object of objects) {
    new ApiObject(isOfCluster(object) ? cluster : inside, object.path, { ...object.manifest });
  }
  inside.addDependency(cluster);
  return [cluster, inside];
}

interface ReadObject {
  readonly path: string;
  readonly manifest: Manifest;
  readonly step: number;
}

function readObject({ path, text }: Artifact): ReadObject {
  const manifest: Manifest = parse(text);
  return { path, manifest, step: stepOf(manifest) };
}

/** Objects without a namespace come before all others. */
const OF_CLUSTER = Number.NEGATIVE_INFINITY;

function stepOf({ kind, metadata }: Manifest): number {
  return metadata.namespace === undefined ? OF_CLUSTER : (SYNC_WAVES[kind] ?? 0);
}
