/**
 * Who may connect to a store: exactly the services that use it with their jobs, its backup job, and Prometheus. It connects to nobody.
 */
import { backupJobs, containerServices } from '../../../derive/kubernetes-scope.ts';
import type { SelfRunStore } from '../../../derive/self-run-stores.ts';
import { claim, from } from '../../../marks.ts';
import type { Model } from '../../../resolve/model/index.ts';
import { backupInstance } from '../backup/backup-subject.ts';
import type { NetworkPolicyIngressRule } from '../kubernetes-api.ts';
import { applicationPeers, instancePeer, prometheusPeer } from '../network-peers.ts';
import { policyObject } from '../network-policy.ts';
import { portRule } from '../network-rule.ts';

import type { ObjectDraft } from '../object-draft.ts';
import { metricsPortOf } from './exporter.ts';
import { subjectOfStore } from './workload.ts';

export function storePolicyOf(
  model: Model,
  store: SelfRunStore,
  annotations: Readonly<Record<string, string>>,
): ObjectDraft {
  const ingress = ingressOf(model, store);
  const parameters = { ingressRules: ingress.length, egressRules: 0 };
  return {
    folder: `store-${store.name}`,
    object: policyObject(
      model,
      subjectOfStore(store),
      store.origin.self,
      (spec) =>
        claim('security/network-policy', `datastore/${store.name}`, parameters, {
          ...spec,
          ingress: from(store.origin.of('port'), ingress),
          egress: [],
        }),
      annotations,
    ),
  };
}

function ingressOf(model: Model, store: SelfRunStore): NetworkPolicyIngressRule[] {
  const users = containerServices(model)
    .filter(({ uses }) => uses.some(({ datastore }) => datastore === store.name))
    .map(({ name }) => name);
  const isBackedUp = backupJobs(model).some(({ datastore }) => datastore.name === store.name);
  const peers = [...applicationPeers(users), ...(isBackedUp ? [instancePeer(backupInstance(store.name))] : [])];
  const metrics = metricsPortOf(model, store);
  const ports = [store.port, ...store.server.morePorts.map(({ port }) => port)];
  return [
    ...(peers.length === 0 ? [] : [{ from: peers, ports: ports.map((port) => portRule(port)) }]),
    ...(metrics === undefined ? [] : [{ from: [prometheusPeer(model)], ports: [portRule(metrics)] }]),
  ];
}
