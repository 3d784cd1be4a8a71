/** The tables of the status page, worst rows first. Markup only. */
import { type Html, html } from './html.ts';
import type { Level } from './status-view.ts';

export interface Column {
  readonly name: string;
  readonly isNumber?: boolean;
}

export type Cell = string | number | Html;

/** Cells of a row in the order of the columns; the first names it. */
export interface Row {
  readonly level: Level;
  readonly cells: readonly Cell[];
}

const SEVERITY: Readonly<Record<Level, number>> = { bad: 0, warn: 1, ok: 2 };

export function table(
  id: string,
  title: string,
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Html {
  const sorted = [...rows].sort((a, b) => SEVERITY[a.level] - SEVERITY[b.level]);
  const body =
    rows.length === 0
      ? html`<p class="none">The policy has none.</p>`
      : html`<p class="about" id="${id}-about">${caption}</p><div class="scroll" role="group" aria-label="${title}, table" tabindex="0"><table aria-labelledby="${id}" aria-describedby="${id}-about">
<thead><tr>${columns.map(({ name: text, isNumber }) => html`<th scope="col"${classOf(isNumber)}>${text}</th>`)}</tr></thead>
<tbody>${sorted.map(({ cells }) => html`<tr>${cells.map((cell, index) => cellOf(cell, index, columns[index]))}</tr>`)}</tbody></table></div>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;
}

function cellOf(cell: Cell, index: number, column: Column | undefined): Html {
  return index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${classOf(column?.isNumber)}>${cell}</td>`;
}

function classOf(isNumber: boolean | undefined): Html | undefined {
  return isNumber === true ? html` class="n"` : undefined;
}

export function mark(level: Level, text: string): Html {
  return html`<span class="mark ${level}">${text}</span>`;
}

export function name(text: string): Column {
  return { name: text };
}

export function number(text: string): Column {
  return { name: text, isNumber: true };
}
