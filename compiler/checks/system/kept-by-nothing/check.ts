/**
 * system/kept-by-nothing
 *
 * Owns one claim: what a team declares either ends in an artifact, in a derivation or in a check, or is named here, at its line, with what is
 * missing. The lists are in the files beside this one; `compiler/spec-fields.test.ts` finds what no list and no artifact knows.
 */
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';
import { unkeptOfDatastore } from './datastores.ts';
import { unkeptOfEnvironment, unkeptOfProvider } from './environments.ts';
import { unkeptOfService } from './services.ts';
import type { Unkept } from './unkept.ts';

export const keptByNothing: Check = {
  id: 'system/kept-by-nothing',
  code: 'SW-475',
  severity: 'info',
  title: 'A declared thing is kept by nothing yet',
  why: 'It reads like a promise, and no generated artifact, runtime policy or check keeps it.',
  hint: 'Keep it by other means, or take the line out until something here does.',
  run: (model) => unkeptOf(model).map(toFinding),
};

const unkeptOf = (model: Model): readonly Unkept[] => [
  ...unkeptOfEnvironment(model),
  ...model.services.flatMap((service) => unkeptOfService(model, service)),
  ...model.datastores.flatMap((datastore) => unkeptOfDatastore(model, datastore)),
  ...model.providers.flatMap((provider) => unkeptOfProvider(model, provider)),
];

const toFinding = ({ field, subject, at, missing }: Unkept): Finding => ({
  at,
  message: `\`${field}\` of ${subject} is kept by nothing: ${missing}`,
});
