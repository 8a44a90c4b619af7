import { allSeconds } from "./processor-time.ts";

// Time of this process before the file. Files may share the process, one after the other.
let secondsBefore = 0;

/** Processor time since the last call, in seconds: of one test file. */
export function secondsOfFile(): number {
  const before = secondsBefore;
  secondsBefore = allSeconds();
  return secondsBefore - before;
}

/** Does some work for all files of a run, which does not count as time of the file that happens to need it first. */
export async function uncounted<T>(work: () => Promise<T>): Promise<T> {
  const begin = allSeconds();
  try {
    return await work();
  } finally {
    secondsBefore += allSeconds() - begin;
  }
}
