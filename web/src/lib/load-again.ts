/** Wait before code that could not be loaded is asked for again, in milliseconds. */
const RETRY_MS = 2_000;
/** So often may a server that answers have no such code before it is given up. */
const MISSING_MAX = 2;

/** Whether the server can be reached at all, however it feels. */
const serverAnswers = () =>
  fetch('/health', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );

/**
 * Loads code, and goes on trying while the server is away: a page that was opened a moment before keeps what it shows and
 * becomes whole by itself. Rejects when the server answers and the code is gone, as after an update.
 *
 * @param load Imports a module; browsers ask again for one that failed.
 */
export async function loadAgain<T>(load: () => Promise<T>): Promise<T> {
  for (let missing = 0; ; ) {
    try {
      return await load();
    } catch (error) {
      if (await serverAnswers()) missing += 1;
      if (missing >= MISSING_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
