// Scans the folder of a process that has ended.
import { errorCode } from "../../diagnostics/error-message.ts";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diag } from "@opentelemetry/api";
import { makeFolder } from "../files/open-file.ts";
import { Backlog } from "./backlog.ts";
import { readCursor } from "./folders.ts";
import { type FileCalls, readFully } from "./file-calls.ts";
import { type FoundFrame, FrameScanner } from "./frame.ts";
import { SEGMENT_HEADER_BYTES, Segment, isSegmentName, segmentKind } from "./segment.ts";

/**
 * Reads the segments of a folder without owner. Torn tails are cut off; delivered segments are deleted; segments of
 * another version are moved to `unreadable` in `directory`.
 */
export async function scanFolder(calls: FileCalls, folder: string, directory: string): Promise<Backlog> {
  const removed = await readCursor(calls, folder);
  const scan = new Scan(calls, new Backlog(calls, folder, removed), removed);
  const names = await calls.readdir(folder);
  for (const name of names.filter(isSegmentName).toSorted()) {
    const path = join(folder, name);
    try {
      if ((await scan.segment(path)) === "unreadable") await setAside(calls, path, directory);
    } catch (error) {
      scan.backlog.leaveOut();
      diag.warn(`outbox "${directory}": ${path} cannot be read (${errorCode(error)}) and is left in place`);
    }
  }
  scan.end();
  return scan.backlog;
}

/**
 * Records behind damage. If the cause is a torn write, the next segment has the damaged records once more, and these too:
 * its copies then replace them.
 */
interface Remnant {
  /** The last sequence number before the damage, and the number of damaged records so far. */
  readonly last: number;
  readonly damaged: number;
  readonly found: { readonly segment: Segment; readonly frame: FoundFrame }[];
}

class Scan {
  readonly backlog: Backlog;
  readonly #calls: FileCalls;
  // The last sequence number found, and whether there was damage behind it.
  #last: number;
  #isHarmed = false;
  #remnant: Remnant | undefined;

  constructor(calls: FileCalls, backlog: Backlog, removed: number) {
    this.#calls = calls;
    this.backlog = backlog;
    this.#last = removed;
  }

  async segment(path: string): Promise<"unreadable" | "ours"> {
    const handle = await this.#calls.open(path, constants.O_RDONLY);
    try {
      return await this.#segment(path, handle);
    } finally {
      await handle.close();
    }
  }

  async #segment(path: string, handle: FileHandle): Promise<"unreadable" | "ours"> {
    const { size } = await handle.stat();
    const kind = segmentKind(await readFully(handle, 0, SEGMENT_HEADER_BYTES));
    if (kind === "foreign") return "unreadable";
    const segment = new Segment(path);
    const scanner = new FrameScanner(handle, size);
    const frames: FoundFrame[] = [];
    for (let frame = await scanner.next(); frame !== undefined; frame = await scanner.next())
      frames.push(frame);
    this.#compare(frames);
    let end = Math.min(SEGMENT_HEADER_BYTES, size);
    for (const frame of frames) {
      if (frame.start > end) {
        this.#isHarmed = true;
        this.#remnant ??= { last: this.#last, damaged: this.backlog.damaged, found: [] };
      }
      this.#countLost(frame.sequence);
      if (frame.sequence > this.#last) {
        if (segment.records === 0) segment.position = frame.start;
        segment.add(frame);
        this.#last = frame.sequence;
        this.#remnant?.found.push({ segment, frame });
      }
      end = frame.end;
    }
    const isWithoutFrames = end === SEGMENT_HEADER_BYTES;
    if (isWithoutFrames && (scanner.isGivenUp || (kind === "headless" && (await hasContent(handle, size))))) {
      return "unreadable";
    }
    await this.#keepOrDelete(segment, end, size);
    return "ours";
  }

  // Prefers the frames of the next segment to the remnant if they are more; ends the remnant if they follow it. The files
  // stay as they are: another scan compares them again.
  #compare(frames: readonly FoundFrame[]): void {
    const remnant = this.#remnant;
    const [first] = frames;
    if (remnant === undefined || first === undefined) return;
    const again = frames.filter(({ sequence }) => sequence > remnant.last && sequence <= this.#last);
    if (again.length > remnant.found.length) {
      for (const { segment, frame } of remnant.found.toReversed()) segment.takeBack(frame);
      this.#last = remnant.last;
      this.backlog.damaged = remnant.damaged;
      this.#remnant = undefined;
    } else if (first.start === SEGMENT_HEADER_BYTES && first.sequence > this.#last) {
      this.#remnant = undefined;
    }
  }

  end(): void {
    if (this.#isHarmed) this.backlog.damaged++;
  }

  /**
   * Counts damaged records by the gap in sequence numbers, or one if the number before is unknown; other gaps are
   * normal.
   */
  #countLost(sequence: number): void {
    if (!this.#isHarmed) return;
    this.#isHarmed = false;
    this.backlog.damaged += this.#last === 0 ? 1 : Math.max(0, sequence - this.#last - 1);
  }

  async #keepOrDelete(segment: Segment, end: number, length: number): Promise<void> {
    if (end < length) this.#isHarmed = true;
    segment.fileBytes = end;
    if (segment.records === 0) return this.#calls.unlink(segment.path);
    // Truncated, so that the damage is not counted again after the next takeover.
    if (end < length) await this.#calls.truncate(segment.path, end);
    this.backlog.add(segment);
  }
}

const PIECE_BYTES = 1_048_576;

async function hasContent(handle: FileHandle, size: number): Promise<boolean> {
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const piece = await readFully(handle, at, Math.min(PIECE_BYTES, size - at));
    if (piece.some((byte) => byte !== 0)) return true;
  }
  return false;
}

async function setAside(calls: FileCalls, path: string, directory: string): Promise<void> {
  const aside = join(directory, "unreadable");
  await makeFolder(calls, aside);
  const target = join(aside, `${basename(dirname(path))}-${basename(path)}`);
  await calls.rename(path, target);
  diag.warn(
    `outbox "${directory}": ${basename(path)} is damaged, or was written by another version of tachymeter; ` +
      `it was moved to ${target}`,
  );
}
