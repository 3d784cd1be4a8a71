/**
 * Controls of the runtime that no test proves, each with its reason.
 *
 * A control is here or in a test's title, never in both; a test holds the list to that.
 */
export const UNPROVED: Readonly<Record<string, string>> = {
  'SEN-066': 'read by promtail, whose configuration is not compiled yet; that lines parse is INT-025',
  'SEN-104': "the product's own code: it takes the snapshot of its store; the runtime keeps the reports of backups",
  'JAM-006': "the product's own code: its MQTT client; `createProviders` bounds how many sessions it holds (JAM-007)",
  'JAM-008': "the product's own code: its MQTT client chooses the connection",
  'JAM-009': "the product's own code: its MQTT client checks its connections",
  'JAM-010': "the product's own code: its MQTT client names its connections",
  'JAM-012': "the product's own code: it exports the gauge, which its spec declares",
  'JAM-018': 'the timer and its service belong to the systemd target, which is not compiled yet',
  'JAM-066': "the product's own code: it publishes and consumes the messages; over HTTP the context travels (SIM-059)",
  'JAM-068': "the product's own code: the span is its handler's; spans of the runtime hold no body (SIQ-084)",
  'JAM-099': "the product's own code: it opens its SQLite",
  'SIM-004':
    "the compiler's report over the eleven services is not there yet; one request in all three signals is SEN-159",
  'SIM-010': 'the workload of the broker is not compiled yet',
  'SIM-027': "the product's own code: its data access",
  'SIM-040': "the product's own code: its adapter to an HSM",
  'SIM-041': "the product's own code: its adapter to AWS KMS",
};
