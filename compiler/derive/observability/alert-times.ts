/**
 * How often rules are looked at, and how long standard alerts wait: figures that the rules and the checks about them share.
 */
import { type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import type { AlertSeverity, Model, ServiceModel } from '../../resolve/model/index.ts';
import type { BurnPair } from './burn-rates.ts';

const MINUTE = 60_000;

/** As often as there are new samples, within reason. */
export const evaluationInterval = (model: Model): Milliseconds =>
  milliseconds(Math.min(60_000, Math.max(15_000, model.system.monitoring.scrapeInterval)));

/** How long Alertmanager gathers a group before it tells anybody: its own default, as long as no configuration is compiled. */
export const GROUP_WAIT: Milliseconds = milliseconds(30_000);

/** Severity of what should wake somebody. */
export const pageSeverity = (model: Model, tier: ServiceModel['tier']): AlertSeverity =>
  model.environment.stage === 'production' && tier < 3 ? 'critical' : 'warning';

/** A start that takes as long as it may is no outage. */
export const serviceDownWait = (service: ServiceModel): Milliseconds =>
  milliseconds(Math.max(3 * MINUTE, (service.probes?.startWithin ?? 0) + MINUTE));

/** Of datastores and the proxy, which their exporters watch. */
export const EXPORTER_DOWN_WAIT: Milliseconds = milliseconds(2 * MINUTE);

/** The data is at risk already; only one odd evaluation is waited out. */
export const RECOVERY_POINT_WAIT: Milliseconds = milliseconds(2 * MINUTE);

export const burnWait = (pair: BurnPair, interval: Milliseconds): Milliseconds =>
  milliseconds(Math.max(pair.for, 2 * interval));
