/**
 * Of an environment and of providers: certificates that nobody obtains, pools that nobody enforces.
 */
import { wants } from '../../../derive/kubernetes-scope.ts';
import type { Model, ProviderModel } from '../../../resolve/model/index.ts';
import { type Unkept, whereWritten } from './unkept.ts';

export function unkeptOfEnvironment(model: Model): readonly Unkept[] {
  const { environment } = model;
  const { tls, origin } = environment;
  const subject = `environment ${environment.name}`;
  const answers = wants(model, 'nginx') && tls.challenge === 'http-01';
  const none = 'nothing generated obtains or renews a certificate';
  return [
    ...whereWritten(tls.origin, subject, answers ? { issuer: none } : { issuer: none, challenge: none }, 'tls.'),
    ...(wants(model, 'kubernetes')
      ? []
      : whereWritten(origin, subject, {
          secretStore: 'the target `kubernetes` is not wanted',
          namespace: 'the target `kubernetes` is not wanted',
        })),
    ...(wants(model, 'argocd')
      ? []
      : whereWritten(origin, subject, {
          cluster: 'the target `argocd` is not wanted',
          argocdNamespace: 'the target `argocd` is not wanted',
        })),
  ];
}

export const unkeptOfProvider = (model: Model, { name, origin }: ProviderModel): readonly Unkept[] =>
  wants(model, 'runtime')
    ? []
    : whereWritten(origin, `provider ${name}`, {
        pool: 'the target `runtime` is not wanted, and nothing else holds calls back',
        breaker: 'the target `runtime` is not wanted, and nothing else stops calls',
      });
