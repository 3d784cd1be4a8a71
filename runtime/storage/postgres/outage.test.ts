import { equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
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
});
