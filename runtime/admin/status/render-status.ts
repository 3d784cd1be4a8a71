/**
 * The status as one HTML page, for an engineer on call at three in the morning.
 *
 * What wants a person comes first, in sentences; the tables follow, worst rows first. One request, nothing from elsewhere,
 * useful without scripts; the content policy allows exactly the style and the script that are in the page.
 */
import { createHash } from 'node:crypto';
import { type Attention, findWarnings } from './find-warnings.ts';
import { formatDuration, formatTime } from './format.ts';
import { type Html, html, raw } from './html.ts';
import {
  renderBreakers,
  renderCaches,
  renderDependencies,
  renderLimits,
  renderObjectives,
  renderPolicy,
  renderPools,
  renderQueues,
  renderRecovery,
} from './render-sections.ts';
import { SCRIPT } from './script.ts';
import type { Level, StatusView } from './status-view.ts';
import { STYLE } from './style.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Of the response that carries the page. */
export const PAGE_FIELDS: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

export function renderStatus(view: StatusView): string {
  const attention = findWarnings(view);
  const level: Level = attention[0]?.level ?? 'ok';
  const name = `${view.system} ${view.environment}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE[level]} · ${name}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the status</a>
<header>
<h1>${name}</h1>
<p>This replica has run for ${formatDuration(view.nowMs - view.startedMs)} and serves ${view.activeRequests} ${view.activeRequests === 1 ? 'request' : 'requests'} now.</p>
<p class="end"><span>As of <time datetime="${new Date(view.nowMs).toISOString()}">${formatTime(view.nowMs)}</time></span>
<button type="button" id="refresh" hidden>Pause updates</button></p>
</header>
<main id="main">
${renderVerdict(level, attention)}
<div class="grid">
<div>${renderObjectives(view)}${renderLimits(view)}${renderRecovery(view)}</div>
<div>${renderDependencies(view)}${renderBreakers(view)}${renderPools(view)}${renderCaches(view)}${renderQueues(view)}${renderPolicy(view)}</div>
</div>
</main>
<footer><p>Seaworthy ${view.version}, stage ${view.stage}. Counts are of this replica since its start. The same as <a href="/v1/status">JSON</a>, as <a href="/metrics">metrics</a>; the <a href="/policy">policy in force</a>; the <a href="/v1/openapi.json">administration API</a>.</p></footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return page.html;
}

const TITLE: Readonly<Record<Level, string>> = { ok: 'All well', warn: 'Look today', bad: 'Look now' };
const WORD: Readonly<Record<Level, string>> = { ok: 'Well', warn: 'Today', bad: 'Now' };

function renderVerdict(level: Level, attention: readonly Attention[]): Html {
  const heading =
    level === 'ok'
      ? 'Nothing wants your attention'
      : `${attention.length} ${attention.length === 1 ? 'thing wants' : 'things want'} your attention`;
  return html`<section class="verdict ${level}" aria-labelledby="verdict">
<h2 id="verdict">${heading}</h2>
${attention.length === 0 ? undefined : html`<ul>${attention.map(renderItem)}</ul>`}
</section>`;
}

function renderItem({ level, section, text }: Attention): Html {
  return html`<li><span class="mark ${level}">${WORD[level]}</span> <a href="#${section}">${text}</a></li>`;
}
