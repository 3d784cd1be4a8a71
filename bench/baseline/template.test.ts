import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { namesOf } from '../spec/service-names.ts';
import { fillTemplate, makeTemplate, printTemplate } from './template.ts';

const objectOf = (index: number) => {
  const { name, port, database, digest, metric, neighbour } = namesOf(index);
  return {
    metadata: { name, labels: { [`app/${name}`]: 'yes', tick: ['`$', '{x}`\\'].join('') } },
    spec: { port, other: 80, image: `r/${name}@${digest}`, list: [{ database }, neighbour, true, null] },
    expr: `sum(${metric}_x{a="${port}"})\nnext`,
  };
};

describe('makeTemplate', (it) => {
  const template = makeTemplate(objectOf(7), { ...namesOf(7) });

  it('gives the object of another service when it is filled with its names', () => {
    assert.equal(fillTemplate(template, { ...namesOf(7) }), objectOf(7));
    assert.equal(fillTemplate(template, { ...namesOf(1_234) }), objectOf(1_234));
  });

  it('prints as JavaScript that makes the same objects', () => {
    const make = new Function('n', `return ${printTemplate(template)}`);
    assert.equal(make(namesOf(1_234)), objectOf(1_234));
  });
});
