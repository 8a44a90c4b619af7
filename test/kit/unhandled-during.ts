// Unhandled rejections of a test.
/** Returns unhandled rejections during `run`; waits until there is one. */
export async function unhandledDuring(
  run: (unhandled: readonly unknown[]) => Promise<void>,
): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  try {
    await run(unhandled);
    return unhandled;
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
}
