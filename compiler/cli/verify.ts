/**
 * `seaworthy verify`: the real tools over the generated tree.
 *
 * Owns what is printed and that nothing unproved looks proved: a refusal exits 1; that something could not be judged is said, and
 * exits 2 where nothing is refused. What a tool says becomes a finding in `verify/findings.ts`.
 */
import { existsSync } from 'node:fs';
import { verifyFindings } from '../verify/findings.ts';
import { folderOfSchemas, schemaLocations } from '../verify/schema-locations.ts';
import { type ToolResult, type VerifyReport, verifyTree } from '../verify/verify-tree.ts';
import { diskHost } from '../writer/host.ts';
import { scanTree } from '../writer/scan-tree.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { printOut } from './output.ts';
import { printFindings } from './print-findings.ts';
import { FINDING_OPTIONS, OUT_OPTION, outRootOf, SPEC_OPTIONS } from './spec-options.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'run the real tools (promtool, amtool, nginx, kubeconform) over the generated tree',
  options: {
    schemas: {
      kind: 'text',
      value: 'DIR',
      isRepeatable: true,
      help: 'schemas for kubeconform: a folder, one of its templates, or `default`, its place on the network; may be repeated',
    },
    require: { kind: 'flag', help: 'fail when a tool is not installed, or a kind of object has no schema' },
    system: SPEC_OPTIONS.system,
    environment: SPEC_OPTIONS.environment,
    ...OUT_OPTION,
    format: FINDING_OPTIONS.format,
    color: FINDING_OPTIONS.color,
  },
  notes: [
    'A folder of schemas holds `deployment-apps-v1.json` (kubernetes-json-schema), `argoproj.io/application_v1alpha1.json`',
    '(CRDs-catalog) or both. With --schemas nothing is fetched, and a kind without a schema is an error.',
    'A tool that refuses a file exits 1. What could not be judged, as with schemas that cannot be reached, exits 2.',
  ],
  example: 'seaworthy verify --system sentinel --schemas schemas/kubernetes --schemas schemas/crds --require',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const root = outRootOf(args);
  const schemas = args.texts('schemas');
  for (const given of schemas) refuseWithoutFolder(given);
  if (!existsSync(root)) throw new UsageError(`there is no \`${root}\``, 'Run `seaworthy compile` first.');
  const selection = { system: args.text('system'), environment: args.text('environment') };
  const { environments } = scanTree(diskHost, root, selection);
  if (environments.length === 0)
    throw new UsageError(`\`${root}\` holds no such environment`, 'Run `seaworthy compile` first.');
  const report = await verifyTree(root, environments, { schemaLocations: schemas.flatMap(schemaLocations) });
  const options = { root, isRequired: args.flag('require'), hasSchemas: schemas.length > 0 };
  const findings = verifyFindings(report, options);
  const isHuman = args.text('format') === 'human';
  if (isHuman) for (const result of report.results) printOut(`${describe(result)}\n`);
  if (!isHuman || findings.length > 0) await printFindings(findings, args);
  if (isHuman) printOut(`${summarize(report)}\n`);
  if (report.results.some((result) => outcomeOf(result) === 'FAILED')) return 1;
  return findings.some(({ severity }) => severity === 'error') ? 2 : 0;
}

function refuseWithoutFolder(given: string): void {
  const folder = folderOfSchemas(given);
  if (folder !== undefined && !existsSync(folder)) {
    throw new UsageError(
      `\`--schemas\`: there is no \`${folder}\``,
      'Name a folder of JSON schemas, a template of kubeconform, or `default`.',
    );
  }
}

type Result = 'passed' | 'FAILED' | 'UNKNOWN' | 'partly';

/** `partly`: what was looked at is fine. */
function outcomeOf({ problems }: ToolResult): Result {
  const has = (kind: string): boolean => problems.some((problem) => problem.kind === kind);
  if (has('refused')) return 'FAILED';
  if (has('unjudged')) return 'UNKNOWN';
  return has('without-schema') ? 'partly' : 'passed';
}

function describe(result: ToolResult): string {
  const files = `${result.files.length} ${result.files.length === 1 ? 'file' : 'files'}`;
  return `${outcomeOf(result).padEnd(7)} ${result.tool.padEnd(11)} ${result.subject} (${files})`;
}

function summarize({ results, missing }: VerifyReport): string {
  const count = (outcome: Result): number => results.filter((result) => outcomeOf(result) === outcome).length;
  const [partly, unknown] = [count('partly'), count('UNKNOWN')];
  return [
    `${count('passed')} passed, ${count('FAILED')} failed`,
    ...(partly > 0 ? [`${partly} not seen whole`] : []),
    ...(unknown > 0 ? [`${unknown} not verified`] : []),
    ...(missing.length > 0 ? [`${missing.map(({ tool }) => tool).join(' and ')} not run`] : []),
  ].join(', ');
}
