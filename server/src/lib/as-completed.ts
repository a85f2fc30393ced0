/**
 * What the tasks come to, in the order in which they end. At most `atOnceMax` run, or wait to be taken: whoever takes slowly keeps the
 * next task from beginning, and whoever stops taking keeps all of them.
 *
 * @param tasks that never reject
 */
export async function* asCompleted<T>(
  tasks: readonly (() => Promise<T>)[],
  atOnceMax: number,
): AsyncGenerator<T> {
  const running = new Map<number, Promise<{ id: number; value: T }>>();
  const next = async (): Promise<T> => {
    const { id, value } = await Promise.race(running.values());
    running.delete(id);
    return value;
  };
  for (const [id, task] of tasks.entries()) {
    if (running.size === atOnceMax) yield await next();
    running.set(
      id,
      task().then((value) => ({ id, value })),
    );
  }
  while (running.size > 0) yield await next();
}
