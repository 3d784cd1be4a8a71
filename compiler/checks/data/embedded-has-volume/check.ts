/**
 * data/embedded-has-volume
 *
 * Owns one claim: durable data inside a container lies on a volume. Files of a container are gone with its pod.
 */
import type { Check, Finding } from '../../check.ts';

export const embeddedHasVolume: Check = {
  id: 'data/embedded-has-volume',
  code: 'SW-421',
  severity: 'error',
  title: 'Durable data is kept in a container that may vanish',
  why: 'Every rollout, eviction or crash of the node starts with empty files.',
  hint: 'Set `path`, where the service keeps the files, and `storage`, how much they need.',
  run: ({ system, services, datastores }) => {
    if (!system.targets.wanted.includes('kubernetes')) return [];
    return datastores.flatMap(({ name, durable, placement, embeddedIn, path, storage, origin }): Finding[] => {
      const service = services.find((candidate) => candidate.name === embeddedIn);
      if (placement !== 'embedded' || !durable || service?.image === undefined) return [];
      const missing = [...(path === undefined ? ['path'] : []), ...(storage === undefined ? ['storage'] : [])];
      if (missing.length === 0) return [];
      const fields = missing.map((field) => `\`${field}\``).join(' and ');
      return [
        {
          at: origin.self,
          message: `\`${name}\` is durable and lies inside \`${service.name}\`, but has no ${fields}`,
        },
      ];
    });
  },
};
