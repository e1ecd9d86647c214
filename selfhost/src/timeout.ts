/** Rejects when the work takes longer than `seconds`; the work itself cannot be stopped and its end is ignored. */
export async function withTimeout<Result>(work: Result | Promise<Result>, seconds: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out after ${seconds} s.`)), seconds * 1_000);
    timer.unref();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
