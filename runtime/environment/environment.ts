/** Values of environment variables, by name; an unset variable is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;
