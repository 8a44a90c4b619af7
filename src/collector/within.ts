// A limit to how long something may take.

/**
 * Follows `done`, or rejects when the time is up, after a call of `onLate`; `what` names it. What comes of it after that
 * is ignored. The caller waits for it, so the timer keeps the process alive.
 */
export async function within(
  seconds: number,
  done: Promise<void>,
  what: string,
  onLate?: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate?.();
      reject(new Error(`${what} did not finish within ${seconds.toFixed(1)} s`));
    }, seconds * 1000);
  });
  try {
    await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
