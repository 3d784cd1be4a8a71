import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { metricsOf } from '../../derive/metrics-inventory.ts';
import type { Model } from '../../resolve/model/index.ts';
import { observedModel } from '../../testing/observed-model.ts';
import { describe } from '../../testing/suite.ts';
import { parsePromql } from '../../verify/promql.ts';
import { emitter } from './emitter.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly collapsed?: boolean;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly panels?: readonly Panel[];
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly datasource: { readonly uid: string };
  }[];
}
type Shown = Omit<Dashboard, 'panels'> & { readonly panels: readonly Panel[] };

const dashboardOf = (model: Model): Shown => JSON.parse(emitter.emit(model)[0]?.text ?? '{}');
const allPanels = ({ panels }: Shown): readonly Panel[] => panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const dataPanels = (shown: Shown) => allPanels(shown).filter(({ type }) => type === 'table' || type === 'timeseries');
const titles = (shown: Shown) => shown.panels.map(({ title }) => title);

/** Six more apps than the model has: enough rows that they are closed. */
const manyServices = (): Model => {
  const more = Array.from({ length: 6 }, (_, index) => {
    const exported = `[{ name: app${index}_total, type: counter, help: Counts. }]`;
    return `apiVersion: seaworthy.dev/v1alpha1\nkind: Service\nmetadata: { name: app${index}, system: shop }\nspec: { image: registry.example.com/shop/app:1.0.0, port: 5000, metrics: { exported: ${exported} } }\n---\n`;
  });
  return observedModel([
    'apiVersion: seaworthy.dev/v1alpha1\nkind: Service',
    `${more.join('')}apiVersion: seaworthy.dev/v1alpha1\nkind: Service`,
  ]);
};

describe('grafana emitter', (it) => {
  const model = observedModel();
  const shown = dashboardOf(model);

  it('shows the promises first, then services as a request travels, then what they stand on', () => {
    const rows = shown.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    assert.equal(rows, [
      'Objectives',
      'catalogue (app, tier 3, commerce)',
      'checkout (app, tier 1, payments)',
      'Runtime and dependencies',
      'Saturation',
      'State',
    ]);
  });

  it('shows callers before those they call', () => {
    const calls = observedModel([
      'routes:\n    - { path: /v1/orders',
      'calls: [{ service: catalogue }]\n  routes:\n    - { path: /v1/orders',
    ]);
    const order = titles(dashboardOf(calls));
    assert.ok(order.indexOf('checkout (app, tier 1, payments)') < order.indexOf('catalogue (app, tier 3, commerce)'));
  });

  it('queries only what a declared source exports or our rules record', () => {
    const inventory = metricsOf(model);
    const queries = dataPanels(shown).flatMap(({ targets }) => targets ?? []);
    assert.ok(queries.length > 40);
    for (const { expr } of [...queries, ...(shown.annotations.list ?? [])]) {
      const { errors, metrics } = parsePromql(expr ?? '');
      assert.equal(errors, [], expr ?? '');
      for (const metric of metrics) assert.ok(inventory.find(metric), `${metric} in ${expr}`);
    }
  });

  it('shows nothing of an exporter that is not declared', () => {
    const bare = dashboardOf(observedModel(['[cadvisor, kube-state-metrics, nginx, node, postgres, redis]', '[]']));
    assert.not(titles(bare).some((title) => /PostgreSQL|Redis|nginx|Host|throttling/.test(title)));
    assert.ok(titles(bare).includes('Replicas that answer'));
  });

  it('draws the promise into the panel that can break it', () => {
    const latency = dataPanels(shown).find(({ title }) => title === 'checkout: latency');
    assert.match(JSON.stringify(latency), '"value":0.25');
    assert.match(latency?.description ?? '', 'Objective latency: 99% within 250ms.');
  });

  const expressions = (one: Shown, title: string) =>
    dataPanels(one)
      .find((panel) => panel.title === title)
      ?.targets?.map(({ expr }) => expr) ?? [];

  it('shows the failures that the objective counts, newborn series among them', () => {
    assert.equal(expressions(shown, 'checkout: failures'), [
      'max(slo:error_ratio:rate5m{environment="production", service="checkout", slo="availability", system="shop"})',
    ]);
  });

  it('shows a class of status that nobody has had yet as zero', () => {
    const classes = expressions(shown, 'checkout: requests');
    assert.is(classes.length, 4);
    for (const expr of classes) assert.match(expr, /\nor 0 \* sum\(rate\(|\) or 0 \* sum\(rate\(/);
  });

  it('turns a burn rate red where it pages :: 14.4 over an hour and 6 over six', () => {
    const oneWindow = dashboardOf(observedModel(['availability: 99.5%, window: 7d', 'availability: 99.5%']));
    const table = JSON.stringify(dataPanels(oneWindow).find(({ title }) => title === 'Objectives'));
    assert.match(table, /"value":14\.4\D/);
    assert.match(table, /"value":6\D/);
  });

  it('closes the rows of services once there are many', () => {
    const rows = (one: Shown) => one.panels.filter(({ type, title }) => type === 'row' && title.includes('tier'));
    assert.equal([...new Set(rows(shown).map(({ collapsed }) => collapsed))], [false]);
    const closed = rows(dashboardOf(manyServices()));
    assert.is(closed.length, 8);
    assert.ok(closed.every(({ collapsed, panels }) => collapsed === true && (panels?.length ?? 0) > 0));
  });

  it('keeps its address when its content changes, and has another in each environment', () => {
    assert.is(dashboardOf(manyServices()).uid, shown.uid);
    assert.is.not(dashboardOf(observedModel(['name: production, system', 'name: other, system'])).uid, shown.uid);
  });

  it('brings the same dashboard into the cluster', () => {
    const [dashboard, configMap] = emitter.emit(model);
    const object = parse(configMap?.text ?? '');
    assert.is(object.data['shop.json'], dashboard?.text);
    assert.is(object.metadata.labels.grafana_dashboard, '1');
    assert.is(emitter.emit(observedModel(['[grafana, kubernetes, nginx', '[grafana, nginx'])).length, 1);
  });

  it('claims the services that it shows', () => {
    const subjects = emitter.emit(model)[0]?.claims.map(({ subject }) => subject);
    assert.equal(subjects, ['service/catalogue', 'service/checkout']);
  });

  it('points its origins at the rows of the services', () => {
    for (const { part } of emitter.emit(model)[0]?.origins.slice(1) ?? []) {
      assert.match(shown.panels[Number(part.split('/')[2])]?.title ?? '', 'tier');
    }
  });
});

const overlaps = (panels: readonly Panel[]): readonly string[] =>
  panels.flatMap((one, index) =>
    panels
      .slice(index + 1)
      .filter((other) => isOver(one.gridPos, other.gridPos))
      .map((other) => `${one.title} over ${other.title}`),
  );

const isOver = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('layout', (it) => {
  for (const [name, model] of [
    ['open rows', observedModel()],
    ['closed rows', manyServices()],
  ] as const) {
    const shown = dashboardOf(model);
    const groups = [shown.panels, ...shown.panels.flatMap(({ panels }) => (panels?.length ? [panels] : []))];
    it(`lets no two panels overlap :: ${name}`, () => {
      for (const panels of groups) assert.equal(overlaps(panels), []);
    });
    it(`stays within the grid :: ${name}`, () => {
      for (const { gridPos, title } of allPanels(shown))
        assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
    });
    it(`numbers panels once :: ${name}`, () => {
      const ids = allPanels(shown).map(({ id }) => id);
      assert.is(new Set(ids).size, ids.length);
    });
  }
});

/** The rules of grafana/dashboard-linter v0.1 that hold for every panel; the README says why two are left out. */
describe('rules of dashboard-linter', (it) => {
  const shown = dashboardOf(observedModel());
  const known = new Set(Object.values(units));

  it('template-datasource-rule', () => {
    const [variable, ...others] = shown.templating.list ?? [];
    assert.is(others.length, 0);
    assert.equal([variable?.type, variable?.name, variable?.label], ['datasource', 'datasource', 'Data source']);
  });
  it('panel-datasource-rule', () => {
    for (const { datasource, targets, title } of dataPanels(shown)) {
      for (const one of [datasource, ...(targets ?? []).map((target) => target.datasource)])
        assert.match(one?.uid ?? '', /^\$\{datasource\}$/, title);
    }
  });
  it('panel-title-description-rule', () => {
    for (const { title, description } of dataPanels(shown)) assert.ok(title && description, title);
  });
  it('panel-units-rule', () => {
    for (const { fieldConfig, title } of dataPanels(shown))
      assert.ok(
        [...known].some((unit) => unit === fieldConfig?.defaults.unit),
        title,
      );
  });
  it('panel-no-targets-rule', () => {
    for (const { targets, title } of dataPanels(shown)) assert.ok((targets?.length ?? 0) > 0, title);
  });
  it('target-rate-interval-rule', () => {
    for (const { expr } of dataPanels(shown).flatMap(({ targets }) => targets ?? [])) {
      for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g)) assert.is(range, '$__rate_interval', expr);
    }
  });
  it('target-counter-agg-rule', () => {
    for (const { expr } of dataPanels(shown).flatMap(({ targets }) => targets ?? [])) {
      for (const [, before] of expr.matchAll(/(.{0,9})\b\w+_total\b/g))
        assert.match(before ?? '', /(rate|increase)\($/, expr);
    }
  });
  it('uneditable-dashboard', () => assert.is(shown.editable, false));
  it('queries of one panel have names of their own', () => {
    for (const { targets, title } of dataPanels(shown)) {
      assert.is(new Set(targets?.map(({ refId }) => refId)).size, targets?.length, title);
    }
  });
});
