/** Who speaks, in what is sent to a collector. */

import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { defined } from '../../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { VERSION } from '../../version.ts';

/** `digest`: of the policy in force; left out where a series would break with every policy. */
export function describeResource(policy: RuntimePolicy, serviceName: string, digest?: string): Resource {
  return resourceFromAttributes({
    'service.name': serviceName,
    'service.namespace': policy.system,
    'service.version': VERSION,
    'deployment.environment.name': policy.environment,
    ...defined({ 'seaworthy.policy.digest': digest }),
  });
}
