/**
 * workload/certificates-are-there
 *
 * Owns one claim: what `runtime.tls` of a gateway in Kubernetes names is a file that a secret fills.
 */
import { gatewayOf, wantsContainers } from '../../../derive/runtime-policy/placement.ts';
import type { Check, Finding } from '../../check.ts';

export const certificatesAreThere: Check = {
  id: 'workload/certificates-are-there',
  code: 'SW-453',
  severity: 'error',
  title: 'A certificate of the gateway is not in its pod',
  why: 'The runtime refuses to start without its certificate and key, and the image does not hold them.',
  hint: 'Fill the file from a secret with `files` of the gateway.',
  run: (model) => {
    const gateway = gatewayOf(model);
    const tls = gateway?.runtime?.tls;
    if (gateway?.image === undefined || tls === undefined || !wantsContainers(model)) return [];
    return (['cert', 'key', 'clientCa'] as const).flatMap((field): Finding[] => {
      const path = tls[field];
      if (path === undefined || gateway.files.some((file) => file.path === path)) return [];
      const line = `- { path: ${path}, secret: { name: ${gateway.name}-tls, key: ${path.split('/').at(-1)} } }`;
      return [
        {
          at: tls.origin.of(field),
          message: `\`${gateway.name}\` reads \`${path}\`, and nothing puts that file into its pod`,
          hint: `Add to \`files\` of Service ${gateway.name}: \`${line}\`.`,
        },
      ];
    });
  },
};
