/** Nothing that a service promises, exports or asks of the runtime is ignored silently. */
import { everyFieldIsRead } from './testing/read-fields.ts';

everyFieldIsRead(/^Service\.spec\.(runtime|metrics|objectives|alerts)\b/);
