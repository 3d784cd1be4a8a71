/**
 * supply/image-has-digest
 *
 * Owns one claim: production runs exactly the image that was tested. Where the digest is an open question of the document, it is said so
 * instead of being an error.
 */
import { exportsNginx, hasEdgePods, nginxEdgeOf } from '../../../derive/edge/nginx-pods.ts';
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
          hint: hintFor(image.reference, image.tag, fields[0]),
        },
      ];
    }),
};

interface Used {
  readonly image: ImageModel;
  /** The document that says it, and its fields that decide about the image; the first is written. */
  readonly subject: string;
  readonly fields: readonly [string, ...string[]];
}

/** Of services, of stores that the system runs itself, and of the edge. */
function imagesOf(model: Model): readonly Used[] {
  const { services, environment } = model;
  const edge = hasEdgePods(model) ? nginxEdgeOf(model) : undefined;
  const subject = `Environment ${environment.name}`;
  return [
    ...services.flatMap(({ name, image }): Used[] =>
      image === undefined ? [] : [{ image, subject: `Service ${name}`, fields: ['image'] }],
    ),
    ...selfRunStores(model).map(
      ({ name, image }): Used => ({ image, subject: `Datastore ${name}`, fields: ['image', 'version'] }),
    ),
    ...(edge === undefined ? [] : [{ image: edge.image, subject, fields: ['edge.image'] } as const]),
    ...(edge === undefined || !exportsNginx(model)
      ? []
      : [{ image: edge.exporterImage, subject, fields: ['edge.exporterImage'] } as const]),
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
