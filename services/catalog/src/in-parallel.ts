/**
 * Does `work` for every item, at most `limit` at a time. When one fails no further ones are begun, and the failure is thrown once those
 * under way are done.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of queue) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, worker);
  const failures = (await Promise.allSettled(workers)).filter((result) => result.status === "rejected");
  if (failures[0] !== undefined) throw failures[0].reason;
}
