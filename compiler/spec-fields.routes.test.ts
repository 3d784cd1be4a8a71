/** Nothing that a route declares is ignored silently. */
import { everyFieldIsRead } from './testing/read-fields.ts';

everyFieldIsRead(/^Service\.spec\.routes\b/);
