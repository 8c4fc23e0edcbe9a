/**
 * Works through `items` with at most `limit` units of work at a time.
 * @param weight  units that an item takes; one heavier than `limit` runs alone
 * @returns the results in the order of the items
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  weight: (item: T) => number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  let free = limit;
  let wake = () => {};
  const running: Promise<R>[] = [];
  for (const item of items) {
    const units = Math.min(weight(item), limit);
    while (free < units)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    free -= units;
    const result = work(item).finally(() => {
      free += units;
      wake();
    });
    result.catch(() => {});
    running.push(result);
  }
  return Promise.all(running);
}
