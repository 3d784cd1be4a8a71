/** Where the project's folder is, for every tool; nothing else in the project knows absolute paths. */
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));
