/** The generated spec through the real stages: it has to be whole, clean and the same every time. */
import * as assert from 'uvu/assert';
import { CHECKS } from '../../compiler/checks/registry.ts';
import { compileText } from '../../compiler/testing/compile-text.ts';
import { describe } from '../../compiler/testing/suite.ts';
import { namesOf, SHAPES } from './service-names.ts';
import { specDocuments } from './spec-documents.ts';

const SERVICES = 12;
const compiled = compileText(
  specDocuments(SERVICES)
    .map(({ text }) => text)
    .join('---\n'),
);

describe('specDocuments', (it) => {
  it('resolves to one environment of all services and the gateway, with nothing to report', () => {
    assert.equal(
      compiled.diagnostics.map(({ code, message }) => `${code} ${message}`),
      [],
    );
    assert.is(compiled.models.length, 1);
    assert.is(compiled.models[0]?.services.length, SERVICES + 1);
  });

  for (const check of CHECKS) {
    it(`passes ${check.id}`, () => {
      assert.equal(
        [...compiled.models.flatMap((model) => check.run(model)), ...(check.across?.(compiled.models) ?? [])]
          // Notes say what no target keeps yet; they are no mistake of the spec.
          .filter(({ severity }) => (severity ?? check.severity) !== 'info')
          .map(({ message }) => message),
        [],
      );
    });
  }

  it('has something for every kind of emitter to do', () => {
    const services = compiled.models.flatMap((model) => model.services).filter(({ role }) => role === 'app');
    for (const service of services) {
      assert.ok(service.routes.length >= 3 && service.routes.every(({ limits }) => limits.length > 0));
      assert.ok(service.objectives.length === 2 && service.alerts.length === 3);
      assert.ok(service.env.some(({ kind }) => kind === 'secret'));
    }
    assert.ok(services.some(({ jobs }) => jobs.length > 0));
    assert.ok(services.some(({ calls }) => calls.length > 0));
    assert.ok(services.some(({ routes }) => routes.some(({ kind }) => kind === 'sse')));
  });

  it('gives services of one shape the same text but for their names', () => {
    const texts = new Map(specDocuments(SERVICES).map(({ path, text }) => [path, text]));
    const shapeOf = (index: number): string => {
      const names = namesOf(index);
      let text = texts.get(`bench/services/${names.name}.yaml`) ?? '';
      for (const [key, value] of Object.entries(names)) text = text.replaceAll(String(value), `<${key}>`);
      return text;
    };
    assert.is(shapeOf(3), shapeOf(3 + SHAPES));
    assert.is(shapeOf(6), shapeOf(6 + SHAPES));
    assert.is.not(shapeOf(3), shapeOf(4));
  });
});
