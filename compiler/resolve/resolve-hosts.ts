/**
 * Resolves on which hosts a service or a route is served: names of domains become the hosts that they have in this environment.
 */
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { ResolveContext } from './context.ts';
import type { FieldReader } from './field-reader.ts';

/** The hosts, sorted; undefined where the field is left out. An entry that means no domain is reported. */
export function resolveHosts(
  read: FieldReader<{ readonly hosts?: readonly string[] }>,
  { environment, report }: ResolveContext,
): readonly string[] | undefined {
  const written = read.get('hosts');
  if (written === undefined) return undefined;
  const { domains, name } = environment;
  const found = written.flatMap((entry, index) => {
    const meant = domains.filter((domain) => domain.name === entry || domain.host === entry);
    if (meant.length > 0) return meant.map(({ host }) => host);
    const near = suggestName(
      entry,
      domains.flatMap((domain) => [domain.name, domain.host]),
    );
    report.add('SW-330', read.at('hosts', index), `environment \`${name}\` has no domain \`${entry}\``, {
      related: [{ at: environment.origin.of('domains'), note: `the domains of \`${name}\`` }],
      hint:
        near === undefined
          ? `Add it to \`domains\` of environment \`${name}\`, such as \`{ name: ${entry.split('.')[0]}, host: ${entry.includes('.') ? entry : `${entry}.example.com`} }\`.`
          : `Did you mean \`${near}\`?`,
    });
    return [];
  });
  return [...new Set(found)].sort();
}
