/** Works on `width` items at once, and resolves the results in the order of the items. Nothing new begins after a failure. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const failed = new AbortController();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed.signal.aborted) return;
      results[index] = await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(width, items.length) }, () =>
    worker().catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  await Promise.all(workers);
  return results;
}
