/** The version of this program, as in package.json. */
import packageJson from '../package.json' with { type: 'json' };

export const VERSION: string = packageJson.version;
