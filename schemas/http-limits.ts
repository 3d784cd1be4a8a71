/**
 * How large the head of a request or a response may be, from the client to the service and back.
 *
 * Owns figures that nginx and the runtime share: whatever one of them takes, the next one takes too, so that a head is refused at one
 * place only, with one status. nginx allocates buffers, so its figures are sizes of buffers and the runtime's are sums of them.
 */

/** The longest line of a request head: a request line, or one field with its cookies or token. */
export const REQUEST_LINE_BYTES = 16 * 1024;

/** Lines that long in one head. Two, because nginx can refuse pipelined requests with one. */
export const REQUEST_LINES = 2;

/** What nginx takes into its first, small buffer, and what it adds when it forwards (addresses, request id). */
const FIRST_BUFFER_BYTES = 1024;
const FORWARDING_BYTES = 1024;

/** The largest request head that the runtime takes: all that nginx lets through, and what it adds. */
export const REQUEST_HEAD_BYTES = REQUEST_LINES * REQUEST_LINE_BYTES + FIRST_BUFFER_BYTES + FORWARDING_BYTES;

/** The largest response head that the runtime takes from a service. */
export const RESPONSE_HEAD_BYTES = 16 * 1024;

/** What the runtime adds to a response head beside security headers: ids, budgets, CORS, a day of sunset. */
export const ADDED_RESPONSE_BYTES = 4 * 1024;
