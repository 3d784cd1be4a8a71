/** The compiler's version, from the one place that states it. A bundler inlines it. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/** Where its pages are; the schemas are named below it, too. */
export const HOME_PAGE = 'https://seaworthy.dev';
