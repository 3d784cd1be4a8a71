import * as assert from 'uvu/assert';
import { unmark } from '../../marks.ts';
import { describe } from '../../testing/suite.ts';
import { layOut as layOutMarked, type PlacedPanel } from './layout.ts';

const layOut = (...drafts: Parameters<typeof layOutMarked>): readonly PlacedPanel[] =>
  layOutMarked(...drafts).map((panel) => unmark<PlacedPanel>(panel));
const panel = (width: number, height: number) => ({ width, height, json: { type: 'text' } });
const places = (panels: ReturnType<typeof layOut>) =>
  panels.map(({ gridPos: { x, y, w, h } }) => `${x},${y} ${w}x${h}`);

describe('layOut', (it) => {
  it('begins a line where a panel does not fit, below the highest of the last', () => {
    assert.equal(places(layOut([panel(10, 3), panel(10, 5), panel(10, 2), panel(14, 2)], [])), [
      '0,0 10x3',
      '10,0 10x5',
      '0,5 10x2',
      '10,5 14x2',
    ]);
  });
  it('cuts what is wider than the grid', () => assert.equal(places(layOut([panel(30, 2)], [])), ['0,0 24x2']));
  it('puts the panels of a closed row inside, and the next row right below', () => {
    const rows = [true, false].map((collapsed) => ({ title: 'row', collapsed, panels: [panel(24, 6)] }));
    const placed = layOut([], rows);
    assert.equal(places(placed), ['0,0 24x1', '0,1 24x1', '0,2 24x6']);
    assert.equal(
      placed.map(({ id }) => id),
      [1, 3, 4],
    );
  });
});
