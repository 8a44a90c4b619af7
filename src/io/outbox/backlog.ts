// The records of one folder, oldest first, and its delivery progress.
import { errorCode } from "../../diagnostics/error-message.ts";
import { constants } from "node:fs";
import { writeCursor } from "./folders.ts";
import { type FileCalls, readFully } from "./file-calls.ts";
import { type Frame, frameAt, FrameScanner } from "./frame.ts";
import { type QueueSize, totalSize } from "./record-queue.ts";
import type { Segment } from "./segment.ts";

// Bytes per read: many small records, or a part of a large one.
const WINDOW_BYTES = 1_048_576;

/** The waiting records of one folder: the process' own, or one that was taken over. */
export class Backlog {
  readonly folder: string;
  /** Number of records damaged on disk, as far as it is known. */
  damaged = 0;
  readonly #calls: FileCalls;
  // Oldest first.
  readonly #segments: Segment[] = [];
  #removed: number;
  #window: Window | undefined;
  #head: Frame | undefined;
  #isComplete = true;

  /** @param removed sequence number of the last removed record. */
  constructor(calls: FileCalls, folder: string, removed: number) {
    this.#calls = calls;
    this.folder = folder;
    this.#removed = removed;
  }

  /** Appends a segment; does nothing if it is the last one already. */
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

  /** Whether all files could be read; false if a part is unreadable now but may be readable later. */
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

  /** The oldest record; `undefined` if none is left. Throws the system's error if it may be temporary. */
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
    // Updates the time of the oldest record, and removes segments that are read to the end.
    await this.head();
  }

  /** Stores that a record was removed, which need not be in a file. Throws the system's error. */
  async noteRemoved(sequence: number): Promise<void> {
    this.#removed = Math.max(this.#removed, sequence);
    await writeCursor(this.#calls, this.folder, this.#removed);
  }

  /** Removes records from before a time; returns the number of their data points. */
  async removeOlderThan(timeUnixMillis: number): Promise<number> {
    let points = 0;
    let removed: number | undefined;
    for (;;) {
      const oldest = this.oldestTimeUnixMillis;
      if (oldest === undefined || oldest >= timeUnixMillis) break;
      // A record that cannot be read now expires at a later call.
      const head = await this.head().catch(() => {});
      if (head === undefined || head.timeUnixMillis >= timeUnixMillis) break;
      points += head.points;
      removed = head.sequence;
      this.#skipHead(head);
    }
    // If this fails, they expire once more after a restart.
    if (removed !== undefined) await this.noteRemoved(removed).catch(() => {});
    return points;
  }

  /** Removes the oldest segment; returns the number of data points that still waited in it. */
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

  /** Deletes the delivered files at the front, except one that still grows. */
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
      // Written twice: a failing disk may keep a record although the write failed.
      segment.position = frame.end;
    }
  }

  /** The frame at the segment's position, or the next one if that is damaged. Its offsets are those in the file. */
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
    // The frame is larger than the window, or follows a damaged part.
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

  /** Counts the remaining records of the segment as damaged. */
  #giveUp(segment: Segment): void {
    this.damaged += segment.records;
    this.#window = undefined;
    segment.clear();
  }
}

interface Window {
  readonly segment: Segment;
  /** Offset of the bytes in the segment's file. */
  readonly start: number;
  readonly bytes: Buffer;
}

function shifted(frame: Frame, by: number): Frame {
  return { ...frame, start: frame.start + by, end: frame.end + by };
}

function mayPass(error: unknown): boolean {
  return ["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"].includes(errorCode(error) ?? "");
}
