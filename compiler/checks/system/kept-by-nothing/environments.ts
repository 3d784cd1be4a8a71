/**
 * Of an environment and of providers: certificates that nobody obtains, pools that nobody enforces.
 */
import { certificateIssuer } from '../../../derive/edge/issuer.ts';
import { wants } from '../../../derive/kubernetes-scope.ts';
import type { Model, ProviderModel } from '../../../resolve/model/index.ts';
import { type Unkept, whereWritten } from './unkept.ts';

export function unkeptOfEnvironment(model: Model): readonly Unkept[] {
  const { environment } = model;
  const { origin } = environment;
  const subject = `environment ${environment.name}`;
  return [
    ...unkeptCertificates(model, subject),
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

/** In a cluster cert-manager obtains and renews them; on a host nobody of ours does, and nginx answers for whoever does over http-01. */
function unkeptCertificates(model: Model, subject: string): readonly Unkept[] {
  const { tls, edge } = model.environment;
  const none = 'nothing generated obtains or renews a certificate';
  const isAsked = edge !== undefined && certificateIssuer(model) !== undefined;
  const answers = wants(model, 'nginx') && tls.challenge === 'http-01';
  const ignored = {
    ...(isAsked || (edge !== undefined && tls.issuer === 'provided') ? {} : { issuer: none }),
    ...(answers || (isAsked && tls.issuerRef === undefined)
      ? {}
      : { challenge: isAsked ? 'the issuer of `issuerRef` has one of its own' : none }),
    ...(isAsked ? {} : { issuerRef: none }),
  };
  return whereWritten(tls.origin, subject, ignored, 'tls.');
}

export const unkeptOfProvider = (model: Model, { name, origin }: ProviderModel): readonly Unkept[] =>
  wants(model, 'runtime')
    ? []
    : whereWritten(origin, `provider ${name}`, {
        pool: 'the target `runtime` is not wanted, and nothing else holds calls back',
        breaker: 'the target `runtime` is not wanted, and nothing else stops calls',
      });
