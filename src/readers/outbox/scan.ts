// Finds out what a folder holds whose owner is gone.
import { basename, dirname, join } from "node:path";
import { diag } from "@opentelemetry/api";
import { Backlog } from "./backlog.ts";
import { readCursor } from "./cursor.ts";
import { FOLDER_MODE, type FileCalls, codeOf } from "./file-calls.ts";
import { nextFrame } from "./frame.ts";
import { SEGMENT_HEADER_BYTES, Segment, isSegmentName, segmentKind } from "./segment.ts";

/**
 * Reads through the segments of a folder in which nobody writes any more. Torn tails are cut; what was delivered to its
 * end is deleted; what another version has written goes to `unreadable` beneath `directory`.
 */
export async function scanFolder(calls: FileCalls, folder: string, directory: string): Promise<Backlog> {
  const removed = await readCursor(calls, folder);
  const scan = new Scan(calls, new Backlog(calls, folder, removed), removed);
  const names = await calls.readdir(folder);
  for (const name of names.filter(isSegmentName).toSorted()) {
    const path = join(folder, name);
    try {
      if ((await scan.segment(path)) === "foreign") await setAside(calls, path, directory);
    } catch (error) {
      scan.backlog.leaveOut();
      diag.warn(`outbox "${directory}": ${path} cannot be read (${codeOf(error)}) and is left where it is`);
    }
  }
  scan.end();
  return scan.backlog;
}

class Scan {
  readonly backlog: Backlog;
  readonly #calls: FileCalls;
  // The last sequence number that was seen, and whether something was harmed behind it.
  #last: number;
  #isHarmed = false;

  constructor(calls: FileCalls, backlog: Backlog, removed: number) {
    this.#calls = calls;
    this.backlog = backlog;
    this.#last = removed;
  }

  async segment(path: string): Promise<"foreign" | "ours"> {
    const bytes = await this.#calls.readFile(path);
    const kind = segmentKind(bytes);
    if (kind === "foreign") return "foreign";
    const segment = new Segment(path);
    let end = Math.min(SEGMENT_HEADER_BYTES, bytes.length);
    for (let frame = nextFrame(bytes, 0); frame !== undefined; frame = nextFrame(bytes, end)) {
      if (frame.start > end) this.#isHarmed = true;
      this.#countLost(frame.sequence);
      if (frame.sequence > this.#last) {
        if (segment.records === 0) segment.position = frame.start;
        segment.add(frame);
        this.#last = frame.sequence;
      }
      end = frame.end;
    }
    if (end === SEGMENT_HEADER_BYTES && kind === "headless" && bytes.some((byte) => byte !== 0))
      return "foreign";
    await this.#keepOrDelete(segment, end, bytes.length);
    return "ours";
  }

  end(): void {
    if (this.#isHarmed) this.backlog.damaged++;
  }

  /** Sequence numbers tell how many records were harmed, where the one before is known; records also leave gaps elsewhere. */
  #countLost(sequence: number): void {
    if (!this.#isHarmed) return;
    this.#isHarmed = false;
    this.backlog.damaged += this.#last === 0 ? 1 : Math.max(0, sequence - this.#last - 1);
  }

  async #keepOrDelete(segment: Segment, end: number, length: number): Promise<void> {
    if (end < length) this.#isHarmed = true;
    segment.fileBytes = end;
    if (segment.records === 0) return this.#calls.unlink(segment.path);
    // Cut, so that it is not counted again by the next one who takes the folder over.
    if (end < length) await this.#calls.truncate(segment.path, end);
    this.backlog.add(segment);
  }
}

async function setAside(calls: FileCalls, path: string, directory: string): Promise<void> {
  const aside = join(directory, "unreadable");
  await calls.mkdir(aside, { recursive: true, mode: FOLDER_MODE });
  const target = join(aside, `${basename(dirname(path))}-${basename(path)}`);
  await calls.rename(path, target);
  diag.warn(
    `outbox "${directory}": ${basename(path)} was written by another version of tachymeter and cannot be read; ` +
      `it was moved to ${target}`,
  );
}
