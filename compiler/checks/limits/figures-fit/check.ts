/**
 * limits/figures-fit
 *
 * Owns one claim: whoever keeps a limit can hold its figures exactly as they are declared. What cannot be held is an error, never a
 * smaller figure; what nginx rounds down by itself is told.
 */
import { formatDecimal, formatRate, perSecond } from '../../../../schemas/units/index.ts';
import {
  capacityOf,
  exactFraction,
  type Figures,
  LONGEST_PERIOD_MS,
  MOST,
  nginxRate,
} from '../../../derive/limits/figures.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import { gatewayOf, hasRuntime } from '../../../derive/runtime-policy/placement.ts';
import { buildStorage, gatewayProcesses, MOST_PROCESSES } from '../../../derive/runtime-policy/storage.ts';
import type { LimitModel, Model, ModelNode, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const figuresFit: Check = {
  id: 'limits/figures-fit',
  code: 'SW-433',
  severity: 'error',
  title: 'A figure of a limit that its target cannot hold',
  why: 'The artifact would have to say another figure than the spec.',
  hint: 'Write a figure within the bounds shown.',
  run: (model) => {
    const gateway = gatewayOf(model);
    const limits = [...new Set(routeLimits(model).map(({ limit }) => limit))];
    return [
      ...(hasRuntime(model) ? limits.flatMap(inRuntime) : []),
      ...failures(gateway),
      ...processes(gateway),
      ...shares(model),
      ...roundedByNginx(model),
    ];
  },
};

const inRuntime = (limit: LimitModel): readonly Finding[] =>
  limit.at.includes('runtime') ? [limit, ...limit.variants].flatMap((node) => misfits(node, limit.zone)) : [];

const failures = (gateway: ServiceModel | undefined): readonly Finding[] => {
  const node = gateway?.runtime?.keys?.failures;
  return node === undefined ? [] : misfits(node, 'keys.failures');
};

function misfits(node: Figures & ModelNode, name: string): readonly Finding[] {
  const { rate, burst, origin } = node;
  const isDefault = origin.of('burst').kind === 'default';
  return [
    ...(capacityOf(burst) > MOST
      ? [
          {
            at: origin.of('burst'),
            message: `\`${name}\` lets ${capacityOf(burst)} requests come at once${isDefault ? ' by default' : ''}, and the runtime holds ${MOST}`,
            arithmetic: [`burst ${burst} + 1 = ${capacityOf(burst)} > ${MOST}`],
            hint: `Write at most \`burst: ${MOST - 1}\`.`,
          },
        ]
      : []),
    ...(exactFraction(rate) === undefined
      ? [
          {
            at: origin.of('rate'),
            message: `the runtime cannot hold ${formatRate(rate)} of \`${name}\` exactly`,
            arithmetic: [
              `no fraction of at most ${MOST} requests in at most ${LONGEST_PERIOD_MS} ms is ${formatRate(rate)}`,
            ],
            hint: 'Write a rate with fewer digits.',
          },
        ]
      : []),
  ];
}

/** Each process enforces its share of every limit, so their number is a figure of the policy. */
function processes(gateway: ServiceModel | undefined): readonly Finding[] {
  if (gateway === undefined || gatewayProcesses(gateway) <= MOST_PROCESSES) return [];
  const { scale, workers } = gateway;
  return [
    {
      at: scale.origin.of('max'),
      message: `\`${gateway.name}\` may run as ${gatewayProcesses(gateway)} processes, and the policy counts ${MOST_PROCESSES}`,
      arithmetic: [`${scale.max} replicas x ${workers} workers = ${scale.max * workers} > ${MOST_PROCESSES}`],
    },
  ];
}

/** Processes that count alone divide a budget; each admits at least one request, and what does not divide is lost. */
function shares(model: Model): readonly Finding[] {
  const { counters, replicas } = buildStorage(model);
  if (counters.kind !== 'memory' || replicas === 1) return [];
  const kept = routeLimits(model).filter((asked) => keepersOf(asked).by.includes('runtime'));
  return [...new Set(kept.map(({ limit }) => limit))].flatMap(({ zone, burst, origin }): readonly Finding[] => {
    const size = capacityOf(burst);
    const each = Math.max(1, Math.floor(size / replicas));
    if (each * replicas === size) return [];
    return [
      {
        at: origin.of('burst'),
        severity: each * replicas > size ? 'warning' : 'info',
        message: `\`${zone}\` lets ${size} come at once, and ${replicas} processes without Redis together ${each * replicas}`,
        arithmetic: [`burst ${burst} + 1 = ${size}; ${size} / ${replicas} processes = ${each} each, at least 1`],
        hint: `Write \`burst: ${Math.ceil(size / replicas) * replicas - 1}\`, or let the gateway use a \`redis\` datastore.`,
      },
    ];
  });
}

/** Never more than declared, so it is only told. */
function roundedByNginx(model: Model): readonly Finding[] {
  const kept = routeLimits(model).filter((asked) => keepersOf(asked).by.includes('edge'));
  return [...new Set(kept.map(({ limit }) => limit))].flatMap(({ zone, rate, origin }) => {
    const told = nginxRate(rate);
    if (told === undefined || told.keptPerSecond * 1000 === Math.round(perSecond(rate) * 1e6) / 1000) return [];
    const perMinute = formatDecimal(Math.round(told.keptPerSecond * 60_000) / 1000);
    return [
      {
        at: origin.of('rate'),
        severity: 'info',
        message: `nginx keeps ${perMinute} a minute of the ${formatRate(rate)} of \`${zone}\`: it counts thousandths of a request a second`,
        hint: 'A multiple of 3 a minute is exact.',
      },
    ];
  });
}
