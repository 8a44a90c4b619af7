// Files that share a process load this module once, so a hook here would run for the first file only. The set-up
// `file-times.ts` runs for each.
const cleanups = new Set<() => Promise<void>>();

/** Has something ended when all tests of the file that is running have ended. */
export function atEndOfFile(cleanup: () => Promise<void>): void {
  cleanups.add(cleanup);
}

/** Ends everything that was added since the last call. */
export async function endFile(): Promise<void> {
  const all = [...cleanups];
  cleanups.clear();
  await Promise.all(all.map((cleanup) => cleanup()));
}
