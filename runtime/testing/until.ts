/** Waits for something that happens soon; fails when it does not. */
export async function until<Value>(read: () => Value | undefined | false, what: string, ms = 8_000): Promise<Value> {
  const endMs = Date.now() + ms;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
