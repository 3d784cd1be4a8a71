/**
 * `seaworthy explain`: what a code, a check, a field or a default means, and where the values of a compiled service come from.
 *
 * Owns the look-up and the layout; the texts are those of the tables and schemas themselves.
 */
import { CHECKS } from '../checks/registry.ts';
import { CODES } from '../diagnostics/codes.ts';
import type { CodeInfo } from '../diagnostics/diagnostic.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { DEFAULTS } from '../resolve/defaults.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { explainField, fieldNames } from './explain-field.ts';
import { printOut } from './output.ts';
import { PLAIN_FORMAT, SPEC_OPTIONS } from './spec-options.ts';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell about a code, a check, a field, a default or a compiled service',
  operands: '[CODE | CHECK | FIELD | DEFAULT | service/NAME | datastore/NAME | provider/NAME]',
  options: { ...SPEC_OPTIONS, format: PLAIN_FORMAT },
  notes: [
    'Without a name it lists everything it can tell about.',
    'A service, datastore or provider is shown with the place each of its values comes from; where there are several systems or environments, name one.',
  ],
  example: 'seaworthy explain Service.spec.shutdown.drain',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const [topic, extra] = args.positionals;
  if (extra !== undefined) throw new UsageError(`one name at a time; \`${extra}\` is one too many`);
  const explained = topic === undefined ? listTopics() : (explainTopic(topic) ?? (await explainSubject(topic, args)));
  if (explained === undefined) throw unknownTopic(topic ?? '');
  printOut(args.text('format') === 'json' ? `${JSON.stringify(explained.data, null, 2)}\n` : explained.text);
  return 0;
}

/** The same for people and for machines. */
interface Explained {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function explainTopic(topic: string): Explained | undefined {
  const code = CODES.find((info) => info.code === topic.toUpperCase());
  if (code !== undefined) return { text: formatCode(code, []), data: { topic: 'code', ...dataOf(code) } };
  const check = CHECKS.find(({ id, code: own }) => id === topic || own === topic.toUpperCase());
  if (check !== undefined) {
    const more = `To accept it for a while, add to \`waivers\` of the document:\n\n  - check: ${check.id}\n    owner: ...\n    reason: ...\n    expires: ...`;
    const text = formatCode(check, [`check: ${check.id}`], more);
    return { text, data: { topic: 'check', id: check.id, ...dataOf(check) } };
  }
  const fallback = Object.entries(DEFAULTS).find(([name]) => name === topic);
  if (fallback !== undefined) {
    const [name, { value, field, reason }] = fallback;
    const text = `default ${name}: ${value}\n\nfor:  ${field}\nwhy:  ${reason}\n`;
    return { text, data: { topic: 'default', name, value, field, reason } };
  }
  const field = explainField(topic);
  return field === undefined ? undefined : { text: field, data: { topic: 'field', name: topic, text: field } };
}

const dataOf = ({ code, severity, title, why, hint }: CodeInfo): CodeInfo => ({ code, severity, title, why, hint });

function formatCode({ code, severity, title, why, hint }: CodeInfo, lines: readonly string[], more?: string): string {
  const head = [`${code} (${severity}): ${title}`, ...lines].join('\n');
  return `${head}\n\nwhy:  ${why}\nhint: ${hint}\n${more === undefined ? '' : `\n${more}\n`}`;
}

/** `service/ingestion` and the like. Only this needs the spec. */
async function explainSubject(topic: string, args: Arguments): Promise<Explained | undefined> {
  if (!/^(?:service|datastore|provider)\//.test(topic)) return undefined;
  const { explainSubject, formatSubject } = await import('./explain-subject.ts');
  const subject = explainSubject(topic, args);
  const values = subject.rows.map(([path, value, origin]) => ({ path, value, origin }));
  return { text: formatSubject(topic, subject), data: { topic: 'subject', name: topic, ...subject, rows: values } };
}

function listTopics(): Explained {
  const codes = CODES.map(({ code, title }) => [code, title] as const);
  const checks = CHECKS.map(({ id, code, title }) => [id, `${code}  ${title}`] as const);
  const defaults = Object.entries(DEFAULTS).map(([name, { value, field }]) => [name, `${value}  (${field})`] as const);
  const sections = [
    ['checks', checks],
    ['codes', codes],
    ['defaults', defaults],
    ['fields', fieldNames().map((name) => [name, ''] as const)],
  ] as const;
  const data = sections.map(([title, rows]) => [title, rows.map(([name, text]) => ({ name, text }))] as const);
  return {
    text: sections.map(([title, rows]) => `${title}\n${formatRows(rows)}`).join('\n'),
    data: { topic: 'list', ...Object.fromEntries(data) },
  };
}

function formatRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${`${name.padEnd(width)}  ${text}`.trimEnd()}\n`).join('');
}

function unknownTopic(topic: string): UsageError {
  const names = [
    ...[...CODES, ...CHECKS].map(({ code }) => code),
    ...CHECKS.map(({ id }) => id),
    ...Object.keys(DEFAULTS),
    ...fieldNames(),
  ];
  const near =
    suggestName(topic, names) ?? names.find((name) => name.endsWith(`.${topic}`) || name.endsWith(`/${topic}`));
  return new UsageError(
    `there is nothing called \`${topic}\``,
    near === undefined ? '`seaworthy explain` lists everything.' : `Did you mean \`${near}\`?`,
  );
}
