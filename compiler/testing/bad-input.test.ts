import { sortDiagnostics } from '../diagnostics/sort-diagnostics.ts';
import { loadSources } from '../source/load-sources.ts';
import { parseSource } from '../source/parse-source.ts';
import { validateDocument } from '../validate/validate-document.ts';
import { type FindProblems, runCorpus } from './bad-input/run-corpus.ts';

/** The stages that judge a file and a document by themselves. */
const sourceAndValidate: FindProblems = (host, directory) => {
  const loaded = loadSources(host, directory);
  const parsed = (loaded.value ?? []).map(parseSource);
  const validated = parsed.flatMap(({ value }) => value ?? []).map(validateDocument);
  return sortDiagnostics([loaded, ...parsed, ...validated].flatMap(({ diagnostics }) => diagnostics));
};

runCorpus(sourceAndValidate);
