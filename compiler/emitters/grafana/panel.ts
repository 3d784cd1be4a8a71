/**
 * Panels before they have a place: what a dashboard shows, in the fields that we use of Grafana's classic model (schema version 42).
 *
 * Owns the defaults of every kind of panel, so that each has a unit, a description and the data source of the dashboard.
 */
import { defined } from '../../../schemas/data/defined.ts';
import type { Mark } from '../../marks.ts';
import { type PromExpr, printPromql } from '../../printers/promql.ts';

/** Of Grafana's own list (`packages/grafana-data/src/valueFormats/categories.ts`). */
export type Unit = 'bytes' | 'none' | 'percentunit' | 'reqps' | 's' | 'short' | 'cps';

export interface Query {
  readonly expr: PromExpr;
  readonly legend: string;
}

export interface Step {
  readonly color: string;
  /** The lowest value it is for; null begins the scale. */
  readonly value: number | null;
}

/** A panel without id and position. */
export interface PanelDraft {
  readonly width: number;
  readonly height: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface RowDraft {
  readonly title: string;
  readonly collapsed: boolean;
  readonly panels: readonly PanelDraft[];
  /** Says where the row comes from and what it realises. */
  readonly mark?: <T>(panel: T) => Mark<T>;
}

/** The variable of the dashboard, in Grafana's own notation. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana replaces it, not JavaScript.
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
/** What `rate()` looks back over in panels: at least four scrapes, whatever the zoom. */
export const RATE_INTERVAL = '$__rate_interval';

export const COLORS = { good: 'green', warn: 'orange', bad: 'red', cold: 'blue', mild: 'yellow' } as const;

interface PanelText {
  readonly title: string;
  readonly description: string;
}

export interface SeriesOptions extends PanelText {
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly width?: number;
  readonly height?: number;
  readonly min?: number;
  readonly max?: number;
  /** Drawn as lines: objectives, limits, burn rates. */
  readonly lines?: readonly Step[];
  readonly overrides?: readonly unknown[];
  /** Words for values that stand for states. */
  readonly mappings?: Readonly<Record<number, string>>;
}

export const timeseries = ({ width = 8, height = 8, ...options }: SeriesOptions): PanelDraft => ({
  width,
  height,
  json: {
    ...baseOf('timeseries', options),
    fieldConfig: {
      defaults: {
        color: { mode: 'palette-classic' },
        custom: {
          drawStyle: 'line',
          fillOpacity: 5,
          lineWidth: 1,
          showPoints: 'never',
          // A gap is a gap: joining it would hide an outage.
          spanNulls: false,
          thresholdsStyle: { mode: options.lines === undefined ? 'off' : 'line' },
        },
        ...defined({ min: options.min, max: options.max }),
        thresholds: { mode: 'absolute', steps: options.lines ?? [{ color: COLORS.good, value: null }] },
        unit: options.unit,
        ...(options.mappings === undefined ? {} : { mappings: [mappingOf(options.mappings)] }),
      },
      overrides: options.overrides ?? [],
    },
    options: {
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: options.queries.map((query, index) => ({
      ...targetOf(query.expr, index),
      legendFormat: query.legend,
      range: true,
    })),
  },
});

const mappingOf = (words: Readonly<Record<number, string>>) => ({
  type: 'value',
  options: Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { index, text }])),
});

export interface TableOptions extends PanelText {
  /** One query a column of values; rows are joined by their labels. */
  readonly columns: readonly Column[];
  readonly labels: Readonly<Record<string, string>>;
  readonly width: number;
  readonly height: number;
}

export interface Column {
  readonly title: string;
  readonly expr: PromExpr;
  readonly unit: Unit;
  readonly decimals?: number;
  readonly steps?: readonly Step[];
  /** Leaves the column out where only the labels matter. */
  readonly hidden?: boolean;
}

export const table = ({ width, height, columns, labels, ...text }: TableOptions): PanelDraft => ({
  width,
  height,
  json: {
    ...baseOf('table', text),
    fieldConfig: {
      defaults: {
        custom: { align: 'auto', cellOptions: { type: 'auto' } },
        noValue: '-',
        thresholds: { mode: 'absolute', steps: [{ color: COLORS.good, value: null }] },
        unit: 'none',
      },
      overrides: columns.map(columnOverride),
    },
    options: { cellHeight: 'sm', showHeader: true },
    targets: columns.map(({ expr }, index) => ({
      ...targetOf(expr, index),
      format: 'table',
      instant: true,
      range: false,
    })),
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries([
            ['Time', true],
            ...columns.flatMap(({ hidden }, index) => (hidden === true ? [[valueField(columns, index), true]] : [])),
          ]),
          renameByName: {
            ...labels,
            ...Object.fromEntries(columns.map(({ title }, index) => [valueField(columns, index), title])),
          },
        },
      },
    ],
  },
});

/** Grafana numbers the values once there are several queries. */
const valueField = (columns: readonly Column[], index: number): string =>
  columns.length === 1 ? 'Value' : `Value #${refId(index)}`;

const columnOverride = ({ title, unit, decimals, steps }: Column): unknown => ({
  matcher: { id: 'byName', options: title },
  properties: [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(steps === undefined
      ? []
      : [
          { id: 'custom.cellOptions', value: { type: 'color-background' } },
          { id: 'thresholds', value: { mode: 'absolute', steps } },
        ]),
  ],
});

export const text = (title: string, content: string, height: number): PanelDraft => ({
  width: 24,
  height,
  json: { type: 'text', title, description: '', options: { content, mode: 'markdown' }, transparent: true },
});

const baseOf = (type: string, { title, description }: PanelText) => ({
  type,
  title,
  description,
  datasource: DATASOURCE,
});

const targetOf = (expr: PromExpr, index: number) => ({
  datasource: DATASOURCE,
  editorMode: 'code',
  expr: printPromql(expr),
  refId: refId(index),
});

/** A, B, ... Z, AA: the names of queries within a panel. */
const refId = (index: number): string =>
  (index < 26 ? '' : refId(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/** Colours a series by the name in its legend. */
export const colored = (legend: string, color: string): unknown => ({
  matcher: { id: 'byName', options: legend },
  properties: [{ id: 'color', value: { fixedColor: color, mode: 'fixed' } }],
});
