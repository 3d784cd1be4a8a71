import * as assert from 'uvu/assert';
import { type Origin, originsOf, type ServiceModel } from '../../resolve/model/index.ts';
import { testOrigin } from '../../testing/cluster/origin.ts';
import { observedModel } from '../../testing/observed-model.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';

const base = testOrigin.self;
const OWN: Origin = { kind: 'override', environment: 'test', at: base.at, base };

describe('origins of declared alerts', (it) => {
  const model = observedModel();
  const service = model.services.find(({ alerts }) => alerts.length > 0) as ServiceModel;

  /** The parts of the files under `folder` that have this origin, when every alert of the service has it. */
  const partsOf = (folder: string, origin: Origin): readonly string[] => {
    const alerts = service.alerts.map((alert) => ({ ...alert, origin: originsOf(origin) }));
    const services = model.services.map((each) => (each === service ? { ...service, alerts } : each));
    return emitter
      .emit({ ...model, services })
      .filter(({ path }) => path.startsWith(folder) && path.endsWith(`${service.name}.yaml`))
      .flatMap(({ origins }) => origins.filter((mark) => mark.origin === origin).map(({ part }) => part));
  };

  it('names each rule that has another origin than its group', () => {
    const parts = partsOf('prometheus/rules/', OWN);
    assert.is(parts.length, service.alerts.length);
    for (const part of parts) assert.match(part, /^\/groups\/\d+\/rules\/\d+$/);
  });

  it('names the same rules where the operator reads them', () => {
    assert.equal(
      partsOf('kubernetes/monitoring/', OWN),
      partsOf('prometheus/rules/', OWN).map((part) => `/spec${part}`),
    );
  });

  it('names the group alone where its rules have no other origin', () => {
    const parts = partsOf('prometheus/rules/', service.origin.of('alerts'));
    assert.not.ok(
      parts.some((part) => part.includes('/rules/')),
      parts.join(' '),
    );
  });
});
