/**
 * edge/credentials-need-origins
 *
 * Owns one claim: cookies go to pages of listed origins only.
 */
import type { CrossOriginModel, Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const credentialsNeedOrigins: Check = {
  id: 'edge/credentials-need-origins',
  code: 'SW-445',
  severity: 'error',
  title: 'Cookies are allowed, and no origin is listed for them',
  why: 'Browsers refuse `*` together with credentials, so nothing but exact origins is ever granted; the pages that were meant get nothing.',
  hint: 'List the origins of your front ends in `origins`, such as `https://www.example.com`.',
  run: (model) => {
    const exact = model.environment.origins.filter((origin) => origin !== '*');
    if (exact.length > 0) return [];
    return crossOrigins(model).flatMap(({ whose, rules }): Finding[] =>
      rules.credentials
        ? [
            {
              at: rules.origin.of('credentials'),
              message: `${whose} allows credentials, and \`origins\` of \`${model.environment.name}\` lists ${model.environment.origins.length === 0 ? 'none' : 'only `*`'}`,
              related: [{ at: model.environment.origin.of('origins'), note: 'the origins' }],
            },
          ]
        : [],
    );
  },
};

/** The rules as they are written, of the environment and of its routes. */
const crossOrigins = ({ environment, services }: Model): readonly { whose: string; rules: CrossOriginModel }[] => [
  { whose: `environment \`${environment.name}\``, rules: environment.cors },
  ...services.flatMap(({ routes }) =>
    routes.flatMap(({ id, crossOrigin }) =>
      crossOrigin === undefined || crossOrigin.origin.of('credentials') === crossOrigin.origin.self
        ? []
        : [{ whose: `\`${id}\``, rules: crossOrigin }],
    ),
  ),
];
