/** What a soak showed as Markdown, with its verdict. */
import { formatTable } from '../../tools/generate/docs.ts';
import type { Growth, Soak } from '../runtime/soak.ts';
import type { Aim } from './aims.ts';

/** Noise of a collected heap is a few hundred kilobytes. */
const FLAT_MEGABYTES_PER_MINUTE = 0.2;

export function renderSoak(soak: Soak & { readonly machine: string }): string {
  const { machine, minutes, requests, rate, heap, resident } = soak;
  const { title, limit, measured, isMet } = judgeSoak(soak);
  return [
    `${minutes} minutes at ${rate} requests a second, ${requests} in all, on ${machine}.`,
    formatTable(['aim', 'limit', 'measured', ''], [[title, limit, measured, isMet ? 'met' : '**not met**']]),
    formatTable(
      ['memory', 'at the end', 'growth'],
      [
        ['heap, after a collection', ...figures(heap)],
        ['resident', ...figures(resident)],
      ],
    ),
  ].join('\n\n');
}

/** The heap decides: what is resident follows it, and the allocator keeps what it once had. */
export function judgeSoak({ heap }: Pick<Soak, 'heap'>): Aim {
  return {
    title: 'Growth of the heap under load',
    limit: `at most ${FLAT_MEGABYTES_PER_MINUTE} MB a minute`,
    measured: `${heap.megabytesPerMinute.toFixed(3)} MB a minute`,
    isMet: heap.megabytesPerMinute <= FLAT_MEGABYTES_PER_MINUTE,
  };
}

const figures = ({ megabytesAtEnd, megabytesPerMinute }: Growth): readonly string[] => [
  `${megabytesAtEnd.toFixed(1)} MB`,
  `${megabytesPerMinute.toFixed(3)} MB a minute`,
];
