/** Nothing that a service declares is ignored silently: all but what the two files beside this one look at. */
import { everyFieldIsRead } from './testing/read-fields.ts';

everyFieldIsRead(/^Service\./, /^Service\.spec\.(routes|runtime|metrics|objectives|alerts)\b/);
