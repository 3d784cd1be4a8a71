/**
 * supply/image-has-digest
 *
 * Owns one claim: production runs exactly the image that was tested. Where the digest is an open question of the document, it is said so
 * instead of being an error.
 */
import type { Check, Finding } from '../../check.ts';

export const imageHasDigest: Check = {
  id: 'supply/image-has-digest',
  code: 'SW-412',
  severity: 'error',
  title: 'An image has no digest',
  why: 'A tag can be moved, so two replicas may run different code and a rollback may bring back something else.',
  hint: 'Append `@sha256:` and the digest that the release printed.',
  run: ({ services, environment, undecided }) =>
    services.flatMap((service): Finding[] => {
      const { image } = service;
      if (image === undefined || image.digest !== undefined) return [];
      if (undecided.some((question) => question.subject === `Service ${service.name}` && question.field === 'image'))
        return [];
      return [
        {
          at: image.origin.self,
          severity: environment.stage === 'production' ? 'error' : 'info',
          message: `image \`${image.reference}\` has no digest${image.tag === undefined ? ' and no tag' : ''}`,
          hint: hintFor(image.reference, image.tag),
        },
      ];
    }),
};

/** Without a tag, or with one that moves by design, the release has to be named first. */
function hintFor(reference: string, tag: string | undefined): string {
  const name = reference.replace(/:[^:/]*$/, '');
  return tag === undefined || MOVING.includes(tag)
    ? `Write \`image: ${name}:<version>@sha256:<digest>\` with the version and the digest that the release printed.`
    : `Write \`image: ${reference}@sha256:<digest>\` with the digest that the release printed.`;
}

const MOVING = ['latest', 'stable', 'main', 'master', 'edge', 'nightly', 'dev'];
