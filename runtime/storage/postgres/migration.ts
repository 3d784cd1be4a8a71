/** One step of the schema of the database. */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}
