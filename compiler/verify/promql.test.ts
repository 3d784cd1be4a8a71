import * as assert from 'uvu/assert';
import { describe } from '../testing/suite.ts';
import { parsePromql } from './promql.ts';

describe('parsePromql', (it) => {
  const BAD: Readonly<Record<string, string>> = {
    'an open parenthesis': 'sum(rate(a[5m])',
    'a label without a value': 'a{b=}',
    'an unknown function': 'rat(a[5m])',
    'a grouping without labels in parentheses': 'sum by x (a)',
    'two queries': 'a b',
    nothing: ' ',
    'a variable where Grafana has none': 'rate(a[$])',
  };
  for (const [what, query] of Object.entries(BAD)) {
    it(`finds ${what}`, () => assert.is.not(parsePromql(query).errors.length, 0));
  }

  const GOOD = [
    'sum(rate(a[5m]))',
    'a{b=""}',
    'rate(a[$__rate_interval])',
    'increase(a{job=~"$job"}[$__range])',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own notation.
    'rate(a{x="${name}"}[${__interval}])',
    'histogram_quantile(0.95, sum by (le) (rate(a_bucket{le!="+Inf"}[5m])))',
    'absent(a) and on () (b offset 1h == 1)',
  ];
  for (const query of GOOD) it(`accepts ${query}`, () => assert.equal(parsePromql(query).errors, []));

  it('names each metric once, sorted', () => {
    assert.equal(parsePromql('b / a + sum(rate(b[5m])) or {__name__="c", x="y"}').metrics, ['a', 'b', 'c']);
  });
  it('takes neither labels nor functions nor patterns for metrics', () => {
    assert.equal(parsePromql('sum by (x) (rate(a{y="z"}[5m])) * on (w) group_left (v) {__name__=~"b.*"}').metrics, [
      'a',
    ]);
  });
});
