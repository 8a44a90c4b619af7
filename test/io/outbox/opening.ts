// Outboxes for tests: in folders removed after the run, and closed after the test.
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FileCalls } from "../../../src/io/outbox/file-calls.ts";
import { OUTBOX, type OutboxOptions } from "../../../src/options/outbox.ts";
import { Outbox } from "../../../src/io/outbox/index.ts";
import type { NewRecord, RecordQueue } from "../../../src/io/outbox/record-queue.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** An outbox, and the data points that it has dropped. */
export interface Opened {
  readonly outbox: Outbox;
  readonly dropped: { full: number; expired: number };
}

/** Opens an outbox and waits until it is ready. */
export async function opened(options: string | OutboxOptions, calls?: FileCalls): Promise<Opened> {
  const started = begun(options, calls);
  await started.outbox.ready;
  return started;
}

/** Makes an outbox without waiting for it. */
export function begun(options: string | OutboxOptions, calls?: FileCalls): Opened {
  const dropped = { full: 0, expired: 0 };
  const outbox = new Outbox(
    OUTBOX.settings(typeof options === "string" ? { directory: options } : options),
    { dropped: (points, reason) => (dropped[reason] += points) },
    calls,
  );
  onTestFinished(() => outbox.close());
  return { outbox, dropped };
}

/** A record with a string as its body, collected now by default. */
export function record(text: string, timeUnixMillis: number = Date.now(), points = 1): NewRecord {
  return { body: Buffer.from(text), points, timeUnixMillis };
}

/** Records of consecutive times from now on, one for each string. */
export function records(...texts: readonly string[]): NewRecord[] {
  const now = Date.now();
  return texts.map((text, i) => record(text, now + i));
}

/** Takes all records out of a queue, in its order. */
export async function drained(queue: RecordQueue): Promise<string[]> {
  const texts: string[] = [];
  for (let oldest = await queue.oldest(); oldest !== undefined; oldest = await queue.oldest()) {
    texts.push(Buffer.from(oldest.body).toString());
    await queue.remove(oldest.sequence);
  }
  return texts;
}

/** A copy of a directory as if its owner ended now: with its files, but without locks. */
export function asAfterCrash(directory: string): string {
  const copy = newFolder("outbox");
  cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith("owner") });
  return copy;
}

/** The sorted paths of all files of a kind in a directory and its subfolders. */
export function filesOf(directory: string, ending: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name))
    .toSorted();
}
