/** Waits until the check holds, looking every 50 ms; fails after `limitMs` with the last thing it saw. */
export async function until<T>(
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
