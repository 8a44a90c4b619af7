// The durable queue: acknowledged records are on disk and outlive the process.
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { absolutePath } from "../files/absolute-path.ts";
import { diag } from "@opentelemetry/api";
import { OldestFirst, Unwritten } from "./unwritten.ts";
import { DiskTrouble, OutboxError, outboxErrorFrom } from "./disk-trouble.ts";
import { isAbsent } from "../files/open-file.ts";
import { type FileCalls, nodeFileCalls } from "./file-calls.ts";
import { leaveBehindSync, warnOfNetwork } from "./folders.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { OutboxSettings } from "../../options/outbox.ts";
import { OutboxDisk, segmentBytesOf } from "./disk.ts";
import {
  type NewRecord,
  type QueueEvents,
  type QueueSize,
  type RecordQueue,
  type StoredRecord,
  totalSize,
} from "./record-queue.ts";
import { bytesOfSegment, firstThatFit } from "./segment.ts";

const HOUSEKEEPING_MILLIS = 30_000;

/**
 * A queue of records on disk, in this process' own subfolder of the configured directory. Records that ended processes
 * left there are taken over, at the start and every 30 s. The oldest records are delivered first.
 *
 * It can be used at once: records appended before the directory is open wait for it. A failing disk never fails a call:
 * records then wait in memory, up to 64 MiB, and are written once the disk works again.
 */
export class Outbox implements RecordQueue {
  /**
   * Resolves once the directory is open and all orphaned folders are taken over. Rejects with an `OutboxError`, which
   * is also logged, if the directory cannot be used: the outbox then works in memory and retries. The rejection counts
   * as handled.
   */
  readonly ready: Promise<void>;
  readonly #settings: OutboxSettings;
  readonly #events: QueueEvents;
  readonly #calls: FileCalls;
  readonly #trouble: DiskTrouble;
  readonly #unwritten: Unwritten;
  readonly #oldestFirst: OldestFirst;
  readonly #housekeeping: NodeJS.Timeout;
  #disk: OutboxDisk | undefined;
  // Jobs run one at a time, so that each finds a consistent state. Only `appendSync` runs in between.
  #jobs: Promise<unknown> = Promise.resolve();
  #isFlushDue = false;
  #isTidyDue = false;
  #closing: Promise<void> | undefined;

  /** @param calls file system calls, replaceable by tests. */
  constructor(settings: OutboxSettings, events: QueueEvents, calls: FileCalls = nodeFileCalls) {
    // The process may change its working directory later.
    this.#settings = { ...settings, directory: absolutePath(settings.directory) };
    this.#events = events;
    this.#calls = calls;
    this.#trouble = new DiskTrouble(this.#settings.directory);
    this.#unwritten = new Unwritten(settings.maxBytes);
    this.#oldestFirst = new OldestFirst(this.#unwritten);
    this.ready = this.#run(() => this.#start());
    this.ready.catch(() => {});
    this.#housekeeping = setInterval(() => this.tidySoon(), HOUSEKEEPING_MILLIS).unref();
  }

  /**
   * Opens a directory to deliver the records of ended processes; folders of living processes stay. Limits of size and
   * age do not apply.
   *
   * @throws OutboxError by the promise, if the directory does not exist or cannot be used.
   */
  static async adoptAll(directory: string, events: QueueEvents): Promise<Outbox> {
    await nodeFileCalls.readdir(directory).catch((error: unknown) => {
      if (!isAbsent(error)) throw outboxErrorFrom(directory, error);
      const message = `outbox "${directory}": directory not found; use the directory of option outbox`;
      throw new OutboxError(message, { cause: error });
    });
    const boundless = { maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMillis: Infinity };
    const outbox = new Outbox({ directory, ...boundless, catchUp: Infinity, fsync: "collection" }, events);
    try {
      await outbox.ready;
    } catch (error) {
      await outbox.close();
      throw error;
    }
    return outbox;
  }

  get directory(): string {
    return this.#settings.directory;
  }

  append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve(this.appendSync(records));
    this.#add(records);
    const acknowledgement = this.#unwritten.acknowledgement();
    this.#flushSoon();
    return acknowledgement;
  }

  /** Writes the records that wait in memory at once: after a failure of the disk, the next regular attempt is later. */
  retry(): Promise<void> {
    return this.#run(() => this.#flush(true));
  }

  appendSync(records: readonly NewRecord[]): void {
    this.#add(records);
    const waiting = this.#unwritten.records;
    if (waiting.length === 0) return;
    try {
      this.#keepSync(waiting);
      this.#unwritten.written(waiting.length);
    } catch (error) {
      this.#trouble.failed(error);
      this.#unwritten.acknowledgeAll();
    }
  }

  oldest(): Promise<StoredRecord | undefined> {
    return this.#run(async () => {
      try {
        await this.#expire();
        return await this.#oldestFirst.oldest(this.#disk);
      } catch (error) {
        diag.debug(`outbox "${this.#settings.directory}": cannot be read now (${errorMessage(error)})`);
        return undefined;
      }
    });
  }

  remove(sequence: number): Promise<boolean> {
    return this.#run(async () => {
      try {
        return await this.#oldestFirst.remove(sequence, this.#disk);
      } catch (error) {
        warnOnceAMinute(
          `outbox "${this.#settings.directory}": cannot store that a record was delivered (${errorMessage(error)}); ` +
            "if the process ends now, it is delivered once more",
        );
        return true;
      }
    });
  }

  get size(): QueueSize {
    const inMemory = this.#unwritten.acknowledged.map(({ body, points }) => ({
      bytes: body.byteLength,
      records: 1,
      points,
    }));
    return totalSize(this.#disk === undefined ? inMemory : [this.#disk.size, ...inMemory]);
  }

  get oldestTimeUnixMillis(): number | undefined {
    const times = [this.#disk?.oldest?.oldestTimeUnixMillis, this.#unwritten.head?.timeUnixMillis];
    const oldest = Math.min(...times.map((time) => time ?? Infinity));
    return oldest === Infinity ? undefined : oldest;
  }

  /** Number of other living processes with a folder in the directory, as far as it is known. */
  countOthers(): Promise<number> {
    return this.#run(async () => (await this.#disk?.countOthers()) ?? 0);
  }

  /** Whether all waiting records outlive the process. */
  get isOnDisk(): boolean {
    return this.#disk !== undefined && this.#unwritten.records.length === 0;
  }

  /** Number of records found torn or damaged on disk. */
  get damagedRecords(): number {
    return this.#disk?.damaged ?? 0;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#run(async () => {
      clearInterval(this.#housekeeping);
      await this.#flush();
      const disk = this.#disk;
      // Later records go to a new folder, since this one may be deleted.
      this.#disk = undefined;
      await disk?.close();
    }));
  }

  #add(records: readonly NewRecord[]): void {
    this.#dropped(this.#unwritten.add(records), "full");
  }

  #keepSync(records: readonly StoredRecord[]): void {
    const { directory, fsync } = this.#settings;
    try {
      if (this.#disk !== undefined) return this.#disk.writeSync(records);
    } catch (error) {
      // ENOENT means that the folder was removed; other errors would affect a new folder as well.
      if (errorCode(error) !== "ENOENT") throw error;
    }
    leaveBehindSync(directory, records, fsync === "collection");
  }

  #run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#jobs.then(job);
    this.#jobs = result.catch(() => {});
    return result;
  }

  async #start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#trouble.failed(error);
      throw outboxErrorFrom(this.#settings.directory, error);
    }
  }

  async #open(): Promise<OutboxDisk> {
    const disk = await OutboxDisk.open(this.#calls, this.#settings);
    this.#disk = disk;
    await warnOfNetwork(this.#settings.directory).catch(() => {});
    await this.#adopt();
    return disk;
  }

  // Records appended before the job begins are written together: those of one tick share one write and one sync.
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void this.#run(() => this.#flush());
  }

  async #flush(atOnce = this.#closing !== undefined): Promise<void> {
    this.#isFlushDue = false;
    const mayTry = atOnce || this.#trouble.isTimeToTry;
    if (mayTry && (await this.#tryToWrite())) return;
    this.#unwritten.acknowledgeAll();
  }

  async #tryToWrite(): Promise<boolean> {
    // Retried once if the folder was removed, with a new folder.
    for (let attempt = 1; ; attempt++) {
      try {
        const disk = this.#disk ?? (await this.#open());
        await this.#writeAll(disk);
        this.#trouble.succeeded();
        return true;
      } catch (error) {
        if ((await this.#leaveIfGone()) && attempt === 1) continue;
        this.#trouble.failed(error);
        return false;
      }
    }
  }

  async #writeAll(disk: OutboxDisk): Promise<void> {
    while (this.#unwritten.records.length > 0) {
      let chunk = this.#nextChunk();
      const bytes = bytesOfSegment(chunk);
      if (disk.lacksRoom(bytes)) {
        this.#dropped(await disk.makeRoom(bytes), "full");
        // `appendSync` may have written the chunk meanwhile.
        chunk = this.#nextChunk();
        if (chunk.length === 0) return;
      }
      this.#unwritten.hold(chunk.length);
      const isWritten = await disk.write(chunk).finally(() => this.#unwritten.hold(0));
      if (isWritten) this.#unwritten.written(chunk.length);
    }
  }

  #nextChunk(): readonly StoredRecord[] {
    return firstThatFit(this.#unwritten.records, segmentBytesOf(this.#settings));
  }

  /** Detects that the process' folder was removed, and its records with it; the next attempt makes a new folder. */
  async #leaveIfGone(): Promise<boolean> {
    const disk = this.#disk;
    if (disk === undefined || (await disk.isInPlace())) return false;
    const lost = disk.size.records;
    const { directory } = this.#settings;
    diag.error(`outbox "${directory}": its folder was removed, and ${lost} waiting records are lost`);
    this.#disk = undefined;
    await disk.close().catch(() => {});
    return true;
  }

  async #expire(): Promise<void> {
    const expiry = Date.now() - this.#settings.maxAgeMillis;
    const onDisk = (await this.#disk?.removeOlderThan(expiry)) ?? 0;
    this.#dropped(onDisk + this.#unwritten.removeOlderThan(expiry), "expired");
  }

  /** Soon takes over the records of ended processes and outboxes, and removes those that are too old. */
  tidySoon(): void {
    if (this.#isTidyDue) return;
    this.#isTidyDue = true;
    void this.#run(() => this.#tidy());
  }

  async #tidy(): Promise<void> {
    this.#isTidyDue = false;
    if (this.#closing !== undefined) return;
    if (this.#unwritten.records.length > 0 || this.#disk === undefined) await this.#flush();
    await this.#adopt();
    await this.#expire().catch(() => {});
  }

  async #adopt(): Promise<void> {
    try {
      await this.#disk?.adopt();
      this.#dropped((await this.#disk?.makeRoom(0)) ?? 0, "full");
    } catch (error) {
      warnOnceAMinute(
        `outbox "${this.#settings.directory}": records of ended processes cannot be taken over (${errorMessage(error)})`,
      );
    }
  }

  #dropped(points: number, reason: "full" | "expired"): void {
    if (points > 0) this.#events.dropped(points, reason);
  }
}
