/** The style of the status page. Contrast is at least 4.5 to 1 in both schemes; no state is told by colour alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #16202c; --quiet: #4d5b6b; --line: #d5dbe3;
  --ok: #17663a; --ok-soft: #e2f3e8; --warn: #7a4b00; --warn-soft: #fff1d6; --bad: #a3121f; --bad-soft: #fde4e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10151c; --card: #18202a; --ink: #e8edf3; --quiet: #a9b6c5; --line: #323e4d;
    --ok: #7fd8a2; --ok-soft: #143524; --warn: #f5c469; --warn-soft: #3b2c0d; --bad: #ff9a9f; --bad-soft: #451a1e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; }
header, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding-top: 1.25rem; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
header p { margin: 0; color: var(--quiet); }
header .end { margin-left: auto; display: flex; gap: 1rem; align-items: center; }
button, a { font: inherit; color: inherit; }
button { background: var(--card); border: 1px solid var(--quiet); border-radius: .4rem; padding: .2rem .7rem; cursor: pointer; }
:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; }
.verdict { border-left: .5rem solid var(--ok); background: var(--ok-soft); }
.verdict.warn { border-left-color: var(--warn); background: var(--warn-soft); }
.verdict.bad { border-left-color: var(--bad); background: var(--bad-soft); }
.verdict h2 { font-size: 1.3rem; }
.verdict ul { margin: 0; padding: 0; list-style: none; }
.verdict li { padding: .25rem 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 0 1rem; align-items: start; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.about { color: var(--quiet); font-size: .9rem; margin: 0 0 .5rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; font-size: .85rem; border-top: 0; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 8rem; }
tbody th small { font-weight: 400; color: var(--quiet); }
th.n, td.n { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.mark { display: inline-block; white-space: nowrap; font-weight: 600; font-size: .85rem; border-radius: 1rem; padding: .05rem .6rem; }
.mark.ok { color: var(--ok); background: var(--ok-soft); }
.mark.warn { color: var(--warn); background: var(--warn-soft); }
.mark.bad { color: var(--bad); background: var(--bad-soft); }
.verdict .mark { background: var(--card); min-width: 3.9rem; text-align: center; margin-right: .4rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
.none { color: var(--quiet); margin: 0; }
footer { color: var(--quiet); font-size: .9rem; padding-bottom: 2rem; }
@media print { header .end { display: none; } section { break-inside: avoid; } }
`;
