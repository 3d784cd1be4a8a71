import { deepEqual } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { testPolicy, testRoute } from '../testing/policy.ts';
import { listUnenforced } from './unenforced.ts';

const LATER = {
  name: 'streams',
  count: ({ routes }: ReturnType<typeof testPolicy>) => routes.filter(({ kind }) => kind === 'sse').length,
  instead: 'the answer is 501',
};

describe('what is declared and not enforced', (it) => {
  it('is nothing in this release', () => {
    deepEqual(listUnenforced(testPolicy()), []);
  });

  it('is told with its number, where a policy asks for it :: and not where none does', () => {
    const policy = testPolicy({ routes: [testRoute({ kind: 'sse' }), testRoute({ id: 'plain', path: '/plain' })] });
    deepEqual(listUnenforced(policy, [LATER]), [{ feature: 'streams', count: 1, instead: 'the answer is 501' }]);
    deepEqual(listUnenforced(testPolicy(), [LATER]), []);
  });
});
