/**
 * kubeconform: objects have the shape that the Kubernetes API, or their controller, demands.
 *
 * Owns what its report means: an object that is refused, a schema that is nowhere, and schemas that cannot be reached are three things,
 * which kubeconform counts as one. `-ignore-missing-schemas` is never used, because an object that nobody looked at would pass.
 */
import { type Problem, type ProgramEnd, runProgram, type VerifyTool } from './tool.ts';

export const kubeconform: VerifyTool = {
  name: 'kubeconform',
  install: 'go install github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0',
  subjects: (files) =>
    ['argocd', 'kubernetes']
      .map((name) => ({ name, files: files.filter((path) => path.startsWith(`${name}/`) && /\.ya?ml$/.test(path)) }))
      .filter((subject) => subject.files.length > 0),
  async run(program, folder, { files }, { schemaLocations }) {
    const locations = schemaLocations.flatMap((location) => ['-schema-location', location]);
    const args = ['-strict', '-verbose', '-summary', '-output', 'json', ...locations, ...files];
    return readReport(await runProgram(program, args, folder), files);
  },
};

interface Judged {
  readonly filename: string;
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly status: string;
  readonly msg: string;
}

/** What a report means for the files that it is about. */
function readReport(end: ProgramEnd, files: readonly string[]): readonly Problem[] {
  const objects = parseReport(end.output);
  if (objects === undefined) return [{ kind: 'unjudged', output: end.output || 'kubeconform said nothing' }];
  const bad = objects.filter(({ status }) => status !== 'statusValid');
  const unseen = files.filter((file) => !objects.some(({ filename }) => filename === file));
  return [
    ...bad.filter((object) => !isUnreachable(object) && !isUnknown(object)).map(refusal),
    ...withoutSchema(bad.filter(isUnknown)),
    ...unreachable(bad.filter(isUnreachable)),
    ...(unseen.length === 0 ? [] : [{ kind: 'unjudged' as const, output: `not looked at: ${unseen.join(', ')}` }]),
  ];
}

/** The objects by file; undefined when this is no report, as after a template that kubeconform cannot read. */
function parseReport(output: string): readonly Judged[] | undefined {
  try {
    const { resources } = JSON.parse(output);
    if (!Array.isArray(resources)) return undefined;
    const order = ({ filename, kind, name }: Judged): string => [filename, kind, name].join('\0');
    return resources.map(toJudged).sort((a, b) => (order(a) < order(b) ? -1 : 1));
  } catch {
    return undefined;
  }
}

function toJudged(value: Readonly<Record<string, unknown>>): Judged {
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  return {
    filename: text('filename'),
    kind: text('kind'),
    name: text('name'),
    version: text('version'),
    status: text('status'),
    msg: text('msg'),
  };
}

const isUnknown = ({ status, msg }: Judged): boolean =>
  status === 'statusSkipped' || (status === 'statusError' && msg.startsWith('could not find schema'));

/**
 * Whatever else is an error is the way to the schemas: a failed transfer, an answer of a proxy, a file that cannot be opened. What is
 * wrong with the object itself, other than its shape, is a short list.
 */
const isUnreachable = (object: Judged): boolean =>
  object.status === 'statusError' &&
  !isUnknown(object) &&
  !/^(?:error unmarshalling resource|error while parsing|prohibited)/.test(object.msg);

const refusal = ({ filename, kind, name, msg }: Judged): Problem => ({
  kind: 'refused',
  file: filename,
  output: `${kind} ${name}: ${msg.replace(/^problem validating schema\. Check JSON formatting: /, '')}`,
});

/** One for each kind: the same thing is missing for all of its objects. */
function withoutSchema(objects: readonly Judged[]): readonly Problem[] {
  const kinds = [...new Set(objects.map(kindOf))];
  return kinds.map((kind) => {
    const alike = objects.filter((object) => kindOf(object) === kind);
    const output = `no schema for ${kind}, ${alike.length === 1 ? '1 object' : `${alike.length} objects`}`;
    return { kind: 'without-schema', output, ...(alike[0] && { file: alike[0].filename }) };
  });
}

const kindOf = ({ kind, version }: Judged): string => `${kind} (${version})`;

/** One for all of them: it is the same network. */
function unreachable(objects: readonly Judged[]): readonly Problem[] {
  const [first] = objects;
  if (first === undefined) return [];
  return [
    {
      kind: 'unjudged',
      output: `the schemas cannot be reached, so ${objects.length === 1 ? '1 object is' : `${objects.length} objects are`} not judged\n${first.msg}`,
      hint: 'Give schemas on disk with `--schemas DIR`, or run this where kubeconform reaches the network.',
    },
  ];
}
