/** What is wrong with the form of a text. */
export interface FormFault {
  /** Goes on from `must be <noun>, got <text>: `. */
  readonly reason: string;
  readonly hint?: string | undefined;
}
