// What one folder holds: its records, oldest first, and how far they are delivered.
import { errorCode } from "../../diagnostics/error-message.ts";
import { constants } from "node:fs";
import { writeCursor } from "./folders.ts";
import { type FileCalls, readFully } from "./file-calls.ts";
import { type Frame, frameAt, FrameScanner } from "./frame.ts";
import { type QueueSize, totalSize } from "./record-queue.ts";
import type { Segment } from "./segment.ts";

// Read at once: many small records, or one that is not.
const WINDOW_BYTES = 1_048_576;

/** The records of one folder that wait: of the process' own, or of one that was taken over. */
export class Backlog {
  readonly folder: string;
  /** Records that were harmed on disk, as far as it is known how many. */
  damaged = 0;
  readonly #calls: FileCalls;
  // Oldest first.
  readonly #segments: Segment[] = [];
  #removed: number;
  #window: Window | undefined;
  #head: Frame | undefined;
  #isComplete = true;

  /** @param removed sequence number of the last record that was removed earlier. */
  constructor(calls: FileCalls, folder: string, removed: number) {
    this.#calls = calls;
    this.folder = folder;
    this.#removed = removed;
  }

  /** Adds a segment behind the others; does nothing where it is one of them. */
  add(segment: Segment): void {
    if (this.#segments.at(-1) !== segment) this.#segments.push(segment);
  }

  get fileBytes(): number {
    return this.#segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  }

  get size(): QueueSize {
    return totalSize(this.#segments.map((segment) => segment.size));
  }

  get isEmpty(): boolean {
    return this.#segments.every(({ records }) => records === 0);
  }

  /** Whether nothing lies in its files that could not be read this time, but might another time. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  leaveOut(): void {
    this.#isComplete = false;
  }

  get oldestTimeUnixMillis(): number | undefined {
    return this.#segments.find(({ records }) => records > 0)?.oldestTimeUnixMillis;
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /** The oldest record; `undefined` if none is left. Throws what the disk says if that may pass. */
  async head(): Promise<Frame | undefined> {
    while (this.#head === undefined) {
      const segment = await this.#firstWaiting();
      if (segment === undefined) return undefined;
      try {
        this.#head = await this.#read(segment);
      } catch (error) {
        if (mayPass(error)) throw error;
        this.damaged += segment.records;
        if (errorCode(error) !== "ENOENT") this.leaveOut();
        this.#segments.shift();
        continue;
      }
      if (this.#head === undefined) this.#giveUp(segment);
      else segment.oldestTimeUnixMillis = this.#head.timeUnixMillis;
    }
    return this.#head;
  }

  async removeHead(): Promise<void> {
    const head = this.#head;
    if (head === undefined) return;
    this.#skipHead(head);
    await this.noteRemoved(head.sequence);
    // So that the time of the oldest one is known, and what is read to the end is gone.
    await this.head();
  }

  /** Notes that a record was removed that is not in a file yet, or may be. Throws what the disk says. */
  async noteRemoved(sequence: number): Promise<void> {
    this.#removed = Math.max(this.#removed, sequence);
    await writeCursor(this.#calls, this.folder, this.#removed);
  }

  /** Removes records of a time before; returns how many points they held. */
  async removeOlderThan(timeUnixMillis: number): Promise<number> {
    let points = 0;
    let removed: number | undefined;
    for (;;) {
      const oldest = this.oldestTimeUnixMillis;
      if (oldest === undefined || oldest >= timeUnixMillis) break;
      // What cannot be read for the moment expires a little later.
      const head = await this.head().catch(() => {});
      if (head === undefined || head.timeUnixMillis >= timeUnixMillis) break;
      points += head.points;
      removed = head.sequence;
      this.#skipHead(head);
    }
    // Without the note they expire once more after a restart.
    if (removed !== undefined) await this.noteRemoved(removed).catch(() => {});
    return points;
  }

  /** Removes the oldest segment as a whole; returns how many points still waited in it. */
  async removeOldestSegment(): Promise<number> {
    const segment = this.#segments.shift();
    if (segment === undefined) return 0;
    this.#head = undefined;
    this.#window = undefined;
    await this.#calls.unlink(segment.path).catch(() => {});
    return segment.clear();
  }

  get hasDelivered(): boolean {
    const first = this.#segments[0];
    return first !== undefined && first.records === 0 && !first.isOpen;
  }

  /** Deletes the files at the front in which nothing waits any more, but for one that still grows. */
  async removeDelivered(): Promise<void> {
    while (this.hasDelivered) await this.removeOldestSegment();
  }

  async #firstWaiting(): Promise<Segment | undefined> {
    await this.removeDelivered();
    return this.#segments[0]?.records === 0 ? undefined : this.#segments[0];
  }

  async #read(segment: Segment): Promise<Frame | undefined> {
    for (;;) {
      const frame = await this.#nextIn(segment);
      if (frame === undefined || frame.sequence > this.#removed) return frame;
      // Written twice, if a disk that failed kept what it had refused.
      segment.position = frame.end;
    }
  }

  /** The frame at the segment's position or, if that is harmed, the next one behind it; in bytes of the file. */
  async #nextIn(segment: Segment): Promise<Frame | undefined> {
    const found = this.#inWindow(segment);
    if (found !== undefined) return found;
    const end = Math.min(segment.fileBytes, segment.position + WINDOW_BYTES);
    this.#window = {
      segment,
      start: segment.position,
      bytes: await this.#bytes(segment, segment.position, end),
    };
    const frame = this.#inWindow(segment);
    if (frame !== undefined) return frame;
    // It is larger than the window, or lies behind what was harmed.
    const next = await this.#search(segment);
    if (next === undefined) return undefined;
    this.#window = { segment, start: next.start, bytes: await this.#bytes(segment, next.start, next.end) };
    segment.position = next.start;
    return this.#inWindow(segment);
  }

  async #search(segment: Segment): Promise<{ readonly start: number; readonly end: number } | undefined> {
    const handle = await this.#calls.open(segment.path, constants.O_RDONLY);
    try {
      return await new FrameScanner(handle, segment.fileBytes, segment.position).next();
    } finally {
      await handle.close();
    }
  }

  #inWindow(segment: Segment): Frame | undefined {
    const window = this.#window;
    if (window?.segment !== segment || segment.position < window.start) return undefined;
    const frame = frameAt(window.bytes, segment.position - window.start);
    return frame === undefined ? undefined : shifted(frame, window.start);
  }

  async #bytes(segment: Segment, start: number, end: number): Promise<Buffer> {
    const handle = await this.#calls.open(segment.path, constants.O_RDONLY);
    try {
      return await readFully(handle, start, end - start);
    } finally {
      await handle.close();
    }
  }

  #skipHead(head: Frame): void {
    const segment = this.#segments[0];
    this.#head = undefined;
    if (segment === undefined) return;
    segment.position = head.end;
    segment.records--;
    segment.points -= head.points;
    if (segment.records === 0) this.#window = undefined;
  }

  /** What should still be in the segment was harmed. */
  #giveUp(segment: Segment): void {
    this.damaged += segment.records;
    this.#window = undefined;
    segment.clear();
  }
}

interface Window {
  readonly segment: Segment;
  /** Where in the segment's file the bytes start. */
  readonly start: number;
  readonly bytes: Buffer;
}

function shifted(frame: Frame, by: number): Frame {
  return { ...frame, start: frame.start + by, end: frame.end + by };
}

function mayPass(error: unknown): boolean {
  return ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"].includes(errorCode(error) ?? "");
}
