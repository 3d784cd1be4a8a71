/**
 * What becomes of the limits of a spec: the findings about them, what nginx is told for one path, and the policy.
 *
 * For tests that compare what is declared with what is enforced. Findings about other things than limits are left out.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { CHECKS } from '../checks/registry.ts';
import { buildRuntimePolicy } from '../derive/runtime-policy/build-policy.ts';
import { emitter as nginxEmitter } from '../emitters/nginx/emitter.ts';
import { compileText } from './compile-text.ts';

export interface CompiledLimits {
  /** Codes of errors; nothing else is there when there are any. */
  readonly errors: readonly string[];
  /** Codes of warnings and notes. */
  readonly remarks: readonly string[];
  readonly policy: RuntimePolicy | undefined;
  /** `limit_req` lines of a location, in their order. */
  atEdge(path: string): readonly EdgeLine[];
}

export interface EdgeLine {
  readonly zone: string;
  /** As in `rate=`, such as `30r/m`. */
  readonly rate: string;
  readonly burst: number;
  readonly isDryRun: boolean;
}

const ABOUT_LIMITS = /^SW-(?:3\d\d|428|43[2-6])$/;

export function compileLimits(yaml: string): CompiledLimits {
  const { models, diagnostics } = compileText(yaml);
  const [model] = models;
  const found = [
    ...diagnostics.map(({ code, severity }) => ({ code, severity })),
    ...(model === undefined
      ? []
      : CHECKS.flatMap((check) =>
          check.run(model).map(({ severity = check.severity }) => ({ code: check.code, severity })),
        )),
  ].filter(({ code }) => ABOUT_LIMITS.test(code));
  const errors = found.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  const remarks = found.filter(({ severity }) => severity !== 'error').map(({ code }) => code);
  if (model === undefined || errors.length > 0) return { errors, remarks, policy: undefined, atEdge: () => [] };
  const wanted = model.system.targets.wanted;
  const texts = new Map(wanted.includes('nginx') ? nginxEmitter.emit(model).map(({ path, text }) => [path, text]) : []);
  return {
    errors,
    remarks,
    policy: wanted.includes('runtime') ? buildRuntimePolicy(model) : undefined,
    atEdge: (path) => edgeLines(texts, path),
  };
}

function edgeLines(texts: ReadonlyMap<string, string>, path: string): readonly EdgeLine[] {
  const routes = texts.get('nginx/snippets/routes.conf') ?? '';
  const zones = texts.get('nginx/http/rate-limits.conf') ?? '';
  const start = routes.indexOf(`location = ${path} {`);
  if (start < 0) return [];
  const location = routes.slice(start, routes.indexOf('\n}', start));
  return [...location.matchAll(/limit_req zone=(\S+?)(?: burst=(\d+) nodelay)?;/g)].map(
    ([, zone = '', burst = '0']) => ({
      zone,
      rate:
        zones
          .split('\n')
          .find((line) => line.includes(` zone=${zone}:`))
          ?.match(/rate=(\S+);/)?.[1] ?? '',
      burst: Number(burst),
      isDryRun: location.includes('limit_req_dry_run on;'),
    }),
  );
}
