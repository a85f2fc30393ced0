/** Those that wait for a turn, the ones that go on with what they began before the others. */
const waiting = { begun: [] as (() => void)[], fresh: [] as (() => void)[] };
let isRunning = false;

/**
 * Resolves in a turn of the event loop that no other caller has. For pieces of work of some milliseconds: between two of them, however
 * many wait, whatever is small and came meanwhile is done.
 *
 * @param isBegun for the next piece of something that was begun: it is ended before another one begins
 */
export function ownTurn(isBegun = false): Promise<void> {
  return new Promise((resolve) => {
    waiting[isBegun ? 'begun' : 'fresh'].push(resolve);
    if (!isRunning) setImmediate(run);
    isRunning = true;
  });
}

function run(): void {
  const next = waiting.begun.shift() ?? waiting.fresh.shift();
  isRunning = next !== undefined;
  if (!next) return;
  setImmediate(run);
  next();
}
