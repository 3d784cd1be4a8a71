/**
 * supply/image-has-digest
 *
 * Owns one claim: production runs exactly the image that was tested. Where the digest is an open question of the document, it is said so
 * instead of being an error.
 */
import { exportsNginx, hasEdgePods, nginxEdgeOf } from '../../../derive/edge/nginx-pods.ts';
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
    imagesOf(model).flatMap(({ image, subject, field }): Finding[] => {
      if (image.digest !== undefined) return [];
      if (model.undecided.some((question) => question.subject === subject && question.field === field)) return [];
      return [
        {
          at: image.origin.self,
          severity: model.environment.stage === 'production' ? 'error' : 'info',
          message: `image \`${image.reference}\` has no digest${image.tag === undefined ? ' and no tag' : ''}`,
          hint: hintFor(image.reference, image.tag, field),
        },
      ];
    }),
};

interface NamedImage {
  readonly image: ImageModel;
  /** The document that says it, and the field there. */
  readonly subject: string;
  readonly field: string;
}

function imagesOf(model: Model): readonly NamedImage[] {
  const { services, environment } = model;
  const edge = hasEdgePods(model) ? nginxEdgeOf(model) : undefined;
  const subject = `Environment ${environment.name}`;
  return [
    ...services.flatMap(({ name, image }) =>
      image === undefined ? [] : [{ image, subject: `Service ${name}`, field: 'image' }],
    ),
    ...(edge === undefined ? [] : [{ image: edge.image, subject, field: 'edge.image' }]),
    ...(edge === undefined || !exportsNginx(model)
      ? []
      : [{ image: edge.exporterImage, subject, field: 'edge.exporterImage' }]),
  ];
}

/** Without a tag, or with one that moves by design, the release has to be named first. */
function hintFor(reference: string, tag: string | undefined, path: string): string {
  const field = path.replace('.', ': { ');
  const end = path.includes('.') ? ' }' : '';
  const name = reference.replace(/:[^:/]*$/, '');
  return tag === undefined || MOVING.includes(tag)
    ? `Write \`${field}: ${name}:<version>@sha256:<digest>${end}\` with the version and the digest that the release printed.`
    : `Write \`${field}: ${reference}@sha256:<digest>${end}\` with the digest that the release printed.`;
}

const MOVING = ['latest', 'stable', 'main', 'master', 'edge', 'nightly', 'dev'];
