// The part of an outbox that is on disk: the process' own folder, which grows, and the folders it has taken over.
import { errorCode } from "../../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import { Backlog } from "./backlog.ts";
import { type FileCalls } from "./file-calls.ts";
import { type OwnFolder, adoptOrphans, countOthers, makeOwnFolder, removeFolder } from "./folders.ts";
import type { OutboxSettings } from "../../options/outbox.ts";
import { type QueueSize, type StoredRecord, totalSize } from "./record-queue.ts";
import { scanFolder } from "./scan.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";

const SEGMENT_BYTES = 4_194_304;

/** Maximum size of a segment in bytes: at most an eighth of `maxBytes`, since the oldest segments are removed whole. */
export function segmentBytesOf({ maxBytes }: OutboxSettings): number {
  return Math.min(SEGMENT_BYTES, Math.floor(maxBytes / 8));
}

/** The folders of one process. Supports one call at a time, except `writeSync`, which may be called at any moment. */
export class OutboxDisk {
  readonly own: Backlog;
  readonly #calls: FileCalls;
  readonly #settings: OutboxSettings;
  readonly #ownFolder: OwnFolder;
  readonly #writer: SegmentWriter;
  #adopted: Backlog[] = [];
  #reportedDamage = 0;
  #damageOfGone = 0;

  private constructor(calls: FileCalls, settings: OutboxSettings, ownFolder: OwnFolder) {
    this.#calls = calls;
    this.#settings = settings;
    this.#ownFolder = ownFolder;
    const { folder } = ownFolder;
    this.own = new Backlog(calls, folder, 0);
    const segmentBytes = segmentBytesOf(settings);
    this.#writer = new SegmentWriter(calls, { folder, segmentBytes, sync: settings.fsync === "collection" });
  }

  /** Makes the process' own folder. Throws the system's error. */
  static async open(calls: FileCalls, settings: OutboxSettings): Promise<OutboxDisk> {
    const ownFolder = await makeOwnFolder(calls, settings.directory, settings.fsync === "collection");
    return new OutboxDisk(calls, settings, ownFolder);
  }

  async adopt(): Promise<void> {
    const { directory } = this.#settings;
    for (const folder of await adoptOrphans(this.#calls, directory, this.own.folder)) {
      try {
        const backlog = await scanFolder(this.#calls, folder, directory);
        this.#adopted.push(backlog);
        await this.forgetIfEmpty(backlog);
      } catch (error) {
        warnOnceAMinute(
          `outbox "${directory}": ${folder} cannot be read (${errorCode(error)}) and is left in place`,
        );
      }
    }
    this.reportDamage();
  }

  countOthers(): Promise<number> {
    return countOthers(this.#calls, this.#settings.directory, this.own.folder);
  }

  /** Appends the records, which fit into one segment. Resolves to false if `writeSync` wrote them instead. */
  async write(records: readonly StoredRecord[]): Promise<boolean> {
    const segment = await this.#writer.write(records);
    if (segment !== undefined) this.own.add(segment);
    return segment !== undefined;
  }

  /** Writes the records synchronously, to a new segment. */
  writeSync(records: readonly StoredRecord[]): void {
    this.own.add(this.#writer.writeSync(records));
  }

  /** Whether the process' own folder still exists in its place. */
  async isInPlace(): Promise<boolean> {
    const stats = await this.#calls.stat(this.own.folder).catch((error: unknown) => error);
    return errorCode(stats) !== "ENOENT";
  }

  /** All backlogs; those that were taken over come first. */
  get backlogs(): readonly Backlog[] {
    return [...this.#adopted, this.own];
  }

  /** The backlog with the oldest record; of two equally old ones, the one that was taken over. */
  get oldest(): Backlog | undefined {
    let oldest: Backlog | undefined;
    let time = Infinity;
    for (const backlog of this.backlogs) {
      const candidate = backlog.oldestTimeUnixMillis;
      if (candidate === undefined || candidate >= time) continue;
      oldest = backlog;
      time = candidate;
    }
    return oldest;
  }

  get size(): QueueSize {
    return totalSize(this.backlogs.map((backlog) => backlog.size));
  }

  /** Whether `makeRoom` has something to do before `bytes` more are written. */
  lacksRoom(bytes: number): boolean {
    return this.own.hasDelivered || this.#fileBytes + bytes > this.#settings.maxBytes;
  }

  /** Deletes the oldest segments until there is room for `bytes` more; returns the number of dropped data points. */
  async makeRoom(bytes: number): Promise<number> {
    await this.own.removeDelivered();
    let points = 0;
    while (this.#fileBytes + bytes > this.#settings.maxBytes) {
      const backlog = this.oldest ?? this.own;
      if (backlog.segmentCount === 0) break;
      if (backlog === this.own && backlog.segmentCount === 1) await this.#writer.release();
      points += await backlog.removeOldestSegment();
      await this.forgetIfEmpty(backlog);
    }
    return points;
  }

  /** Deletes records from before a time; returns the number of their data points. */
  async removeOlderThan(timeUnixMillis: number): Promise<number> {
    let points = 0;
    for (const backlog of this.backlogs) {
      points += await backlog.removeOlderThan(timeUnixMillis);
      await this.forgetIfEmpty(backlog);
    }
    return points;
  }

  /** Deletes the folder of a backlog that was taken over and is empty now. */
  async forgetIfEmpty(backlog: Backlog): Promise<void> {
    if (backlog === this.own || !backlog.isEmpty) return;
    this.#adopted = this.#adopted.filter((each) => each !== backlog);
    this.#damageOfGone += backlog.damaged;
    if (backlog.isComplete) await removeFolder(this.#calls, backlog.folder);
  }

  /** Logs the number of records found damaged since the last call. */
  reportDamage(): void {
    const damaged = this.damaged;
    if (damaged === this.#reportedDamage) return;
    diag.warn(
      `outbox "${this.#settings.directory}": ${damaged - this.#reportedDamage} records were torn or damaged on disk ` +
        "and are skipped; a torn one at the end was never acknowledged",
    );
    this.#reportedDamage = damaged;
  }

  get damaged(): number {
    return this.backlogs.reduce((sum, { damaged }) => sum + damaged, this.#damageOfGone);
  }

  get #fileBytes(): number {
    return this.backlogs.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  }

  /** Releases the folders: the next process delivers the records that remain in them. */
  async close(): Promise<void> {
    await this.#writer.release();
    if (this.#adopted.length === 0 && this.own.isEmpty && this.own.isComplete) {
      await removeFolder(this.#calls, this.own.folder);
    }
    await this.#ownFolder.lock.release();
  }
}
