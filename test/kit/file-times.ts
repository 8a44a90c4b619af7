/**
 * Vitest's set-up of each test file: ends what the file started, and notes its processor time for the list at the end of a
 * run. In the short form a file that takes too much fails.
 */
import { afterAll } from "vitest";
import { endFile } from "./end-of-file.ts";
import { secondsOfFile } from "./file-seconds.ts";
import { slowness } from "./processor-time.ts";
import { isLong } from "./test-length.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Processor time of a test file and of the processes that it started and awaited, in seconds. */
    processorSeconds?: number;
  }
}

// On a good machine. Most files take less than a second.
const LIMIT_SECONDS = 20;

// Vitest wants a pattern as first argument.
// oxlint-disable-next-line no-empty-pattern
afterAll(async ({}, file) => {
  await endFile();
  const seconds = secondsOfFile();
  file.meta.processorSeconds = seconds;
  if (isLong || seconds < LIMIT_SECONDS) return;
  const onGoodMachine = seconds / slowness();
  if (onGoodMachine < LIMIT_SECONDS) return;
  throw new Error(
    `the processor time of a file must be below ${LIMIT_SECONDS} s, got ${onGoodMachine.toFixed(1)} s; move a part of it to a long form`,
  );
});
