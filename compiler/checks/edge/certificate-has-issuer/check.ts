/**
 * edge/certificate-has-issuer
 *
 * Owns one claim: whoever ends TLS in a cluster gets a certificate. Let's Encrypt over http-01 is compiled; any other issuer is one that the
 * cluster has, under a name that only its owner knows.
 */
import { certificateIssuer } from '../../../derive/edge/issuer.ts';
import type { Model, Origin, TlsModel } from '../../../resolve/model/index.ts';
import type { Check } from '../../check.ts';

export const certificateHasIssuer: Check = {
  id: 'edge/certificate-has-issuer',
  code: 'SW-467',
  severity: 'error',
  title: 'Nobody signs the certificate of the edge',
  why: 'What ends TLS in the cluster waits for a Secret with certificate and key, and nothing generated would ever fill it.',
  hint: 'Name the issuer of cert-manager in `tls.issuerRef`, or write `issuer: provided` where somebody else fills the Secret.',
  run: (model) => {
    const { environment } = model;
    const { tls, edge, domains, publicPorts } = environment;
    if (edge === undefined || domains.length === 0 || tls.issuer === 'provided' || isOpen(model)) return [];
    const issuer = certificateIssuer(model);
    if (issuer === undefined) return [{ at: placeOf(tls), message: messageFor(tls, environment.name) }];
    if (!issuer.isOurs || publicPorts.includes(80)) return [];
    return [
      {
        at: environment.origin.of('publicPorts'),
        message: `\`challenge: http-01\` of environment \`${environment.name}\` is shown on port 80, which is not public`,
        hint: `Write \`publicPorts: [${[80, ...publicPorts].join(', ')}]\`.`,
      },
    ];
  },
};

const isOpen = ({ undecided, environment }: Model): boolean =>
  undecided.some(
    ({ subject, field }) =>
      subject === `Environment ${environment.name}` && /^tls(?:\.(?:issuer|issuerRef|challenge))?$/.test(field),
  );

const placeOf = ({ origin }: TlsModel): Origin =>
  ['challenge', 'issuer'].map((field) => origin.of(field)).find(({ kind }) => kind === 'spec') ?? origin.self;

const messageFor = ({ issuer, challenge }: TlsModel, environment: string): string =>
  issuer === 'internal'
    ? `\`issuer: internal\` of environment \`${environment}\` names no issuer that cert-manager could ask`
    : challenge === 'tls-alpn-01'
      ? `cert-manager knows no challenge \`tls-alpn-01\``
      : `\`challenge: ${challenge}\` of environment \`${environment}\` needs the access to a DNS provider, which only an issuer of the cluster has`;
