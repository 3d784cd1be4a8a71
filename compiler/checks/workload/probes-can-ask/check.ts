/**
 * workload/probes-can-ask
 *
 * Owns one claim: the probes of a gateway, and of what it calls, speak what the port speaks, and are not asked for a certificate that the
 * kubelet has not.
 */
import { containerServices, isBehindGateway } from '../../../derive/kubernetes-scope.ts';
import { adminAddress, gatewayOf, wantsContainers } from '../../../derive/runtime-policy/placement.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const probesCanAsk: Check = {
  id: 'workload/probes-can-ask',
  code: 'SW-454',
  severity: 'error',
  title: 'A probe cannot speak to its port',
  why: 'The kubelet gets no answer, so the startup probe kills a healthy pod again and again.',
  hint: 'Let the probes ask the port of the metrics: leave `probes.port` out.',
  run: (model) => [...gatewayFindings(model), ...servedFindings(model)],
};

function gatewayFindings(model: Model): readonly Finding[] {
  const gateway = gatewayOf(model);
  const { probes, runtime } = gateway ?? {};
  if (gateway?.image === undefined || probes === undefined || !wantsContainers(model)) return [];
  const at = probes.origin.of(probes.port === gateway.port && runtime?.tls?.clientCa !== undefined ? 'port' : 'scheme');
  const ask = `the probes of \`${gateway.name}\` ask port ${probes.port}`;
  if (probes.port === adminAddress(model).port)
    return probes.scheme === 'http' ? [] : [{ at, message: `${ask} in https, which is never encrypted` }];
  if (probes.port !== gateway.port) return [];
  if (runtime?.tls === undefined)
    return probes.scheme === 'http'
      ? []
      : [{ at, message: `${ask} in https, and no \`runtime.tls\` encrypts it`, hint: 'Leave `probes.scheme` out.' }];
  if (probes.scheme === 'http')
    return [{ at, message: `${ask} in http, which \`runtime.tls\` encrypts`, hint: 'Leave `probes.scheme` out.' }];
  if (runtime.tls.clientCa === undefined) return [];
  return [
    {
      at,
      message: `${ask}, which wants a certificate of every client`,
      related: [{ at: runtime.tls.origin.of('clientCa'), note: 'certificates are asked for here' }],
    },
  ];
}

/** A service behind the gateway that would be asked in one protocol and called in the other. */
const servedFindings = (model: Model): readonly Finding[] =>
  !wantsContainers(model) || gatewayOf(model) === undefined
    ? []
    : containerServices(model).flatMap((service) => {
        const { name, port, probes } = service;
        if (probes?.scheme !== 'https' || probes.port !== port || !isBehindGateway(model, service)) return [];
        return [
          {
            at: probes.origin.of('scheme'),
            message: `the probes of \`${name}\` ask port ${port} in https, and the gateway calls it there in http`,
            hint: 'Let the service answer in plain HTTP at `port`, or give the probes a port of their own.',
          },
        ];
      });
