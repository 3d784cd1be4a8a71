import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createCircuit } from './circuit.ts';
import { isOutage } from './is-outage.ts';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe('outage', (it) => {
  it('tells a database that is away from a question that is wrong', () => {
    const away = ['08006', '53300', '57P01', '57P03', '57014', '58030', '25006', '55P03', 'ECONNREFUSED', 'EPIPE'];
    for (const code of [...away, 'ENOTFOUND', 'ETIMEDOUT']) equal(isOutage(withCode(code)), true, code);
    for (const code of ['23505', '42P01', '22P02', 'P0001', 'XX000', '40P01'])
      equal(isOutage(withCode(code)), false, code);
    equal(isOutage(new Error('Query read timeout')), true);
    equal(isOutage('a string'), false);
  });

  it('takes three failures in a row to go down, and one answer to come back :: each said once', () => {
    const said: (boolean | string)[] = [];
    const circuit = createCircuit((isUp, error) => said.push(isUp, error?.message ?? ''));
    const error = new Error('away');
    circuit.failed(error);
    circuit.failed(error);
    circuit.succeeded();
    circuit.failed(error);
    circuit.failed(error);
    equal(circuit.isUp, true);
    circuit.failed(error);
    circuit.failed(error);
    equal(circuit.isUp, false);
    circuit.succeeded();
    circuit.succeeded();
    equal(circuit.isUp, true);
    deepEqual(said, [false, 'away', true, '']);
  });
});
