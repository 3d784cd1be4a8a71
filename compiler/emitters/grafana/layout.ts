/**
 * Places panels on Grafana's grid of 24 columns and numbers them.
 *
 * Owns ids and positions; both follow from the order alone, so adding a panel at the end moves nothing. Invariants, tested: no two panels
 * overlap, ids are unique, nothing is wider than the grid.
 */
import type { Marked } from '../../marks.ts';
import type { PanelDraft, RowDraft } from './panel.ts';

const COLUMNS = 24;

interface GridPos {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

export interface PlacedPanel {
  readonly id: number;
  readonly gridPos: GridPos;
  readonly [field: string]: unknown;
}

/** The `panels` of a dashboard: first those without a row, then row by row. A collapsed row holds its panels inside. */
export function layOut(head: readonly PanelDraft[], rows: readonly RowDraft[]): readonly Marked<PlacedPanel>[] {
  const placed: Marked<PlacedPanel>[] = [];
  let nextId = 1;
  let y = 0;
  const place = (drafts: readonly PanelDraft[]): readonly PlacedPanel[] => {
    const { positions, bottom } = pack(drafts, y);
    y = bottom;
    return drafts.map((draft, index) => ({ ...draft.json, id: nextId++, gridPos: positions[index] ?? ORIGIN }));
  };
  placed.push(...place(head));
  for (const row of rows) {
    const header = { type: 'row', title: row.title, collapsed: row.collapsed, id: nextId++ };
    const gridPos = { h: 1, w: COLUMNS, x: 0, y };
    y += 1;
    const top = y;
    const panels = place(row.panels);
    const { mark = (panel) => panel } = row;
    placed.push(mark({ ...header, gridPos, panels: row.collapsed ? panels : [] }));
    if (row.collapsed) y = top;
    else placed.push(...panels);
  }
  return placed;
}

const ORIGIN: GridPos = { h: 1, w: COLUMNS, x: 0, y: 0 };

/** From left to right, a new line where a panel does not fit; a line is as high as its highest panel. */
function pack(drafts: readonly PanelDraft[], top: number) {
  const positions: GridPos[] = [];
  let [x, y, lineHeight] = [0, top, 0];
  for (const { width, height } of drafts) {
    const w = Math.min(width, COLUMNS);
    if (x + w > COLUMNS) {
      y += lineHeight;
      x = 0;
      lineHeight = 0;
    }
    positions.push({ h: height, w, x, y });
    x += w;
    lineHeight = Math.max(lineHeight, height);
  }
  return { positions, bottom: y + lineHeight };
}
