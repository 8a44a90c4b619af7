// The durable queue: what it acknowledged is on disk, and outlives the process.
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { resolve as absolutePath } from "node:path";
import { diag } from "@opentelemetry/api";
import { OldestFirst, Unwritten } from "./unwritten.ts";
import { DiskTrouble, outboxErrorFrom } from "./disk-trouble.ts";
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
 * Records on disk, in a folder of this process' own beneath the configured directory. What other processes left behind
 * there is taken over, at the start and every half minute, and comes first where it is older.
 *
 * It can be used at once: what is appended before the directory is open waits for it. A disk that does not take what is
 * written never fails a call: records then wait in memory, up to 64 MiB of them, and go to the disk once it takes them.
 */
export class Outbox implements RecordQueue {
  /**
   * Resolves once the directory is open and all that lay there without owner is taken over; rejects with an
   * `OutboxError` if it cannot be used, which is also logged: the outbox then works in memory and tries again. The
   * rejection is handled already.
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
  // One job after the other, so that each finds the state that the one before left; `appendSync` alone comes in between.
  #jobs: Promise<unknown> = Promise.resolve();
  #isFlushDue = false;
  #isTidyDue = false;
  #closing: Promise<void> | undefined;

  /** @param calls the calls that reach the disk; Node's own unless a test passes others. */
  constructor(settings: OutboxSettings, events: QueueEvents, calls: FileCalls = nodeFileCalls) {
    // A program may change its working directory later.
    this.#settings = { ...settings, directory: absolutePath(settings.directory) };
    this.#events = events;
    this.#calls = calls;
    this.#trouble = new DiskTrouble(this.#settings.directory);
    this.#unwritten = new Unwritten(settings.maxBytes);
    this.#oldestFirst = new OldestFirst(this.#unwritten);
    this.ready = this.#run(() => this.#start());
    this.ready.catch(() => {});
    this.#housekeeping = setInterval(() => this.#tidySoon(), HOUSEKEEPING_MILLIS).unref();
  }

  /**
   * Opens a directory to deliver what lies there without owner; what belongs to living processes is left alone. Bounds
   * of size and age do not apply.
   *
   * @throws OutboxError by the promise, if the directory does not exist or cannot be used.
   */
  static async adoptAll(directory: string, events: QueueEvents): Promise<Outbox> {
    await nodeFileCalls.readdir(directory).catch((error: unknown) => {
      throw outboxErrorFrom(directory, error);
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

  append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve(this.appendSync(records));
    this.#add(records);
    const acknowledgement = this.#unwritten.acknowledgement();
    this.#flushSoon();
    return acknowledgement;
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

  remove(sequence: number): Promise<void> {
    return this.#run(async () => {
      try {
        await this.#oldestFirst.remove(sequence, this.#disk);
      } catch (error) {
        warnOnceAMinute(
          `outbox "${this.#settings.directory}": that a record was delivered cannot be noted (${errorMessage(error)}); ` +
            "should the process end now, it is delivered once more",
        );
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

  /** How many other processes keep a folder in the directory and live, as far as that is known. */
  countOthers(): Promise<number> {
    return this.#run(async () => (await this.#disk?.countOthers()) ?? 0);
  }

  /** Whether all that waits outlives the process. */
  get isOnDisk(): boolean {
    return this.#disk !== undefined && this.#unwritten.records.length === 0;
  }

  /** Records that were found torn or harmed on disk. */
  get damagedRecords(): number {
    return this.#disk?.damaged ?? 0;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#run(async () => {
      clearInterval(this.#housekeeping);
      await this.#flush();
      const disk = this.#disk;
      // What comes from now on goes to a folder of its own: this one may be deleted.
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
      // The folder was removed; anything else would hinder another folder as well.
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

  // All that is appended before the job begins goes with it: one tick's records share one write and one sync.
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void this.#run(() => this.#flush());
  }

  async #flush(): Promise<void> {
    this.#isFlushDue = false;
    const mayTry = this.#trouble.isTimeToTry || this.#closing !== undefined;
    if (mayTry && (await this.#tryToWrite())) return;
    this.#unwritten.acknowledgeAll();
  }

  async #tryToWrite(): Promise<boolean> {
    // Once more where the folder was removed: the second time it is a new one.
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
        // `appendSync` may have taken it meanwhile.
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

  /** Where the process' folder was removed, what lay in it is lost; the next try makes a new one. */
  async #leaveIfGone(): Promise<boolean> {
    const disk = this.#disk;
    if (disk === undefined || (await disk.isInPlace())) return false;
    const lost = disk.size.records;
    const { directory } = this.#settings;
    diag.error(`outbox "${directory}": its folder was removed, with ${lost} records that waited in it`);
    this.#disk = undefined;
    await disk.close().catch(() => {});
    return true;
  }

  async #expire(): Promise<void> {
    const expiry = Date.now() - this.#settings.maxAgeMillis;
    const onDisk = (await this.#disk?.removeOlderThan(expiry)) ?? 0;
    this.#dropped(onDisk + this.#unwritten.removeOlderThan(expiry), "expired");
  }

  #tidySoon(): void {
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
        `outbox "${this.#settings.directory}": what others left there cannot be taken over (${errorMessage(error)})`,
      );
    }
  }

  #dropped(points: number, reason: "full" | "expired"): void {
    if (points > 0) this.#events.dropped(points, reason);
  }
}
