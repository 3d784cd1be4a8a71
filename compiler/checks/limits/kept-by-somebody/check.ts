/**
 * limits/kept-by-somebody
 *
 * Owns one claim: every limit of every route is kept, and by whom the spec says. Figures that no target holds are left to
 * `limits/figures-fit`.
 */
import { defined } from '../../../../schemas/data/defined.ts';
import { formatRate } from '../../../../schemas/units/index.ts';
import type { RefusedField, RouteLimit } from '../../../derive/limits/enforcer.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import type { EnforcementPoint, Model, Origin } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const keptBySomebody: Check = {
  id: 'limits/kept-by-somebody',
  code: 'SW-432',
  severity: 'error',
  title: 'A limit that nobody keeps',
  why: 'It would stand in the spec and refuse nothing.',
  hint: 'Count it by what an enforcer knows, or place it where it can be counted.',
  run: (model) => [...unnamed(model), ...routeLimits(model).flatMap(findingsOf)],
};

/** A budget of the system that no route draws on. */
function unnamed(model: Model): readonly Finding[] {
  const named = new Set(routeLimits(model).map(({ limit }) => limit.origin.self));
  return model.system.limits
    .filter(({ origin }) => !named.has(origin.self))
    .map(({ zone, origin }) => ({
      at: origin.of('zone'),
      message: `no route draws on the limit \`${zone}\``,
      hint: `Write \`rateLimits: [${zone}]\` on the routes that it is for, or remove it.`,
    }));
}

const POINTS: readonly EnforcementPoint[] = ['edge', 'runtime'];

function findingsOf(asked: RouteLimit): readonly Finding[] {
  const { by, refusals } = keepersOf(asked);
  const { limit, route } = asked;
  const wanted = POINTS.filter((point) => limit.at.includes(point));
  const refused = wanted.flatMap((point) => (refusals[point] === undefined ? [] : [{ point, ...refusals[point] }]));
  const isAboutFigures = refused.some(({ point, field }) => point === 'runtime' && FIGURES.has(field));
  const what = `\`${limit.zone}\` (${formatRate(limit.rate)} per ${limit.per}) on \`${route.id}\``;
  const arithmetic = refused.map(({ point, reason }) => `${point}: ${reason}`);
  if (by.length === 0 && !isAboutFigures) {
    const decisive = refused.find(({ point }) => point === 'runtime') ?? refused[0];
    return [{ ...placeOf(asked, decisive), message: `nobody keeps the limit ${what}`, arithmetic }];
  }
  // Placed by the default, it is wherever it can be kept; a place that was written is a promise.
  if (limit.origin.of('at').kind === 'default') return [];
  return refused
    .filter(({ point, field }) => point === 'edge' || !FIGURES.has(field))
    .map(({ point, reason, ...rest }) => ({
      at: limit.origin.of('at'),
      severity: 'warning',
      message: `the ${point} does not keep the limit ${what}, although \`at\` says so`,
      arithmetic: [`${point}: ${reason}`],
      hint: by.length === 0 ? (rest.hint ?? keptBySomebody.hint) : `Write \`at: [${by.join(', ')}]\`.`,
    }));
}

const FIGURES: ReadonlySet<string> = new Set(['rate', 'variants']);

/** The route where it names a budget of the system, which other routes may rightly draw on; else the field of the limit. */
function placeOf(
  { model, route, limit }: RouteLimit,
  refused: RefusedField | undefined,
): Pick<Finding, 'at' | 'hint' | 'related'> {
  const field: Origin = limit.origin.of(refused?.field ?? 'per');
  const hint = refused?.hint;
  const isShared = model.system.limits.some(({ origin }) => origin.self === limit.origin.self);
  return {
    at: isShared ? route.origin.of('rateLimits') : field,
    ...defined({ hint }),
    ...(isShared ? { related: [{ at: field, note: 'the limit is declared here' }] } : {}),
  };
}
