/**
 * Takes the reference of a container image apart.
 */
import { type ImageModel, type Origin, originsOf } from './model/index.ts';
import type { Report } from './report.ts';

/** The longest that registries and Kubernetes handle everywhere. */
const LONGEST = 512;

export function resolveImageReference(reference: string, origin: Origin, report: Report): ImageModel {
  const [withoutDigest = '', digest] = reference.split('@');
  const colon = withoutDigest.lastIndexOf(':');
  const tagged = colon > withoutDigest.lastIndexOf('/');
  if (reference.length > LONGEST)
    report.add('SW-308', origin, `the image reference is longer than ${LONGEST} characters`);
  return {
    reference,
    repository: tagged ? withoutDigest.slice(0, colon) : withoutDigest,
    tag: tagged ? withoutDigest.slice(colon + 1) : undefined,
    digest,
    origin: originsOf(origin),
  };
}
