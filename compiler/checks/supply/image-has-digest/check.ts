/**
 * supply/image-has-digest
 *
 * Owns one claim: production runs exactly the image that was tested. Where the digest is an open question of the document, it is said so
 * instead of being an error.
 */
import { selfRunStores } from '../../../derive/self-run-stores.ts';
import type { ImageModel, Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const imageHasDigest: Check = {
  id: 'supply/image-has-digest',
  code: 'SW-412',
  severity: 'error',
  title: 'An image has no digest',
  why: 'A tag can be moved, so two replicas may run different code and a rollback may bring back something else.',
  hint: 'Append `@sha256:` and the digest that the release printed.',
  run: (model) =>
    imagesOf(model).flatMap(({ image, subject, fields }): Finding[] => {
      const { environment, undecided } = model;
      if (image.digest !== undefined) return [];
      if (undecided.some((question) => question.subject === subject && fields.includes(question.field))) return [];
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

interface Used {
  readonly image: ImageModel;
  /** The document, and its fields that decide about the image. */
  readonly subject: string;
  readonly fields: readonly string[];
}

/** Of services, and of stores that the system runs itself. */
const imagesOf = (model: Model): readonly Used[] => [
  ...model.services.flatMap(({ name, image }) =>
    image === undefined ? [] : [{ image, subject: `Service ${name}`, fields: ['image'] }],
  ),
  ...selfRunStores(model).map(({ name, image }) => ({
    image,
    subject: `Datastore ${name}`,
    fields: ['image', 'version'],
  })),
];

/** Without a tag, or with one that moves by design, the release has to be named first. */
function hintFor(reference: string, tag: string | undefined): string {
  const name = reference.replace(/:[^:/]*$/, '');
  return tag === undefined || MOVING.includes(tag)
    ? `Write \`image: ${name}:<version>@sha256:<digest>\` with the version and the digest that the release printed.`
    : `Write \`image: ${reference}@sha256:<digest>\` with the digest that the release printed.`;
}

const MOVING = ['latest', 'stable', 'main', 'master', 'edge', 'nightly', 'dev'];
