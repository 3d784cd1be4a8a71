/**
 * A reference to an image, taken apart.
 */
import type { ImageModel, Origin } from './model/index.ts';
import { originsOf } from './model/index.ts';
import type { Report } from './report.ts';

export function imageOf(reference: string, origin: Origin, report: Report): ImageModel {
  const [withoutDigest = '', digest] = reference.split('@');
  const colon = withoutDigest.lastIndexOf(':');
  const tagged = colon > withoutDigest.lastIndexOf('/');
  if (reference.length > 512) report.add('SW-308', origin, 'the image reference is longer than 512 characters');
  return {
    reference,
    repository: tagged ? withoutDigest.slice(0, colon) : withoutDigest,
    tag: tagged ? withoutDigest.slice(colon + 1) : undefined,
    digest,
    origin: originsOf(origin),
  };
}
