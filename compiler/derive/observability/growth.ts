/**
 * How much counters grew within a window, with those that were born in it.
 *
 * `rate()` needs two samples of a series, so a burst that brings its series with it (the first 502 of a replica) is invisible to it for
 * ever. Here such a series counts whole, from zero. Owns when that is believed: the target was scraped when the window began and did not
 * have the series, or the target itself is new while others of its job were scraped. A Prometheus that was not looking believes nothing.
 */
import { formatPrometheusDuration, inSeconds, type Milliseconds } from '../../../schemas/units/index.ts';
import {
  aggregate,
  binary,
  call,
  type Matcher,
  num,
  over,
  type PromExpr,
  rate,
  select,
  selectAt,
} from '../../printers/promql.ts';

export interface Counter {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Which targets were watched since the window began, as `watchedSince` says, or recorded from it. */
  readonly watched: (window: Milliseconds) => PromExpr;
}

/** A second, for each series. */
export function growthRate({ metric, matchers, watched }: Counter, window: Milliseconds): PromExpr {
  const range = formatPrometheusDuration(window);
  const young = binary('unless', select(metric, matchers), selectAt(metric, matchers, range));
  // Its present value is what it counted since.
  const born = binary('and', young, watched(window), TARGET);
  return binary('or', binary('/', born, num(inSeconds(window))), rate(metric, matchers, range));
}

/** What a target is told by. */
const TARGET = ['job', 'instance'] as const;

/** A replica that was away for less than this is not new: its counters are older than the window. */
const MEMORY = '1d';

/** The targets of which a birth within the window is believed. `targets` selects their `up`. */
export function watchedSince(targets: readonly Matcher[], window: Milliseconds): PromExpr {
  const range = formatPrometheusDuration(window);
  const scraped = binary('==', selectAt('up', targets, range), num(1));
  const seenBefore = call('max_over_time', over('up', targets, MEMORY, range));
  const isNew = binary('unless', select('up', targets), seenBefore);
  const othersScraped = binary('==', aggregate('max', selectAt('up', targets, range)), num(1));
  return binary('or', scraped, binary('and', isNew, othersScraped, []));
}
