// Messages between the main thread and its reporter thread, and the numbers that both share.
import type { MessagePort } from "node:worker_threads";
import type { Chunk } from "../memory/chunks.ts";
import type { MergeSettings } from "../merge/merged-streams.ts";
import type { StatePosition } from "../processes/state-writer.ts";
import type { MemberConfiguration } from "../member-configuration.ts";

/** The configuration of a report. */
export interface ReportSettings {
  readonly configuration: MemberConfiguration;
  readonly merging: Omit<MergeSettings, "isReported">;
}

/** Everything that the reporter thread starts with. */
export interface ReporterData extends ReportSettings {
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
  readonly place: StatePlace;
}

/** A state that another writer has begun. */
export interface StatePlace {
  /** 1 for the first place of a reporter thread, and 1 more for each next one. */
  readonly number: number;
  /** The group's folder, for messages. */
  readonly group: string;
  readonly folder: string;
  readonly position: StatePosition;
}

/** A thread whose figures are in shared memory: the main thread, or a worker thread of the application. */
export interface ReportedThread {
  /** Its `threadId`. */
  readonly id: number;
  readonly name: string;
  /** Its number in the process. */
  readonly slot: number;
}

export type ToReporter =
  | { readonly kind: "join"; readonly thread: ReportedThread }
  | { readonly kind: "chunk"; readonly thread: number; readonly chunk: Chunk }
  | { readonly kind: "leave"; readonly thread: number }
  /** Write the state now. Requests are numbered from 1. */
  | { readonly kind: "write"; readonly request: number }
  /** The folder was removed, and is made again. */
  | { readonly kind: "moved"; readonly place: StatePlace }
  | { readonly kind: "stop" };

export type FromReporter =
  /** All requests up to this one are served. */
  | { readonly kind: "written"; readonly request: number }
  /** The folder of the place with this number was removed. */
  | { readonly kind: "gone"; readonly place: number }
  | { readonly kind: "log"; readonly level: "error" | "warn"; readonly text: string };

const ACTIVITY = 0;
const SERVED = 1;
const SEQUENCE = 2;
const LOG_NUMBER = 3;
const LENGTH = 4;

// While the thread starts, the main thread writes. Then the thread waits, or writes, until it must not write again.
const STARTING = 0;
const WRITING_EARLY = 1;
const WAITING = 2;
const WRITING = 3;
const STOPPED = 4;
type Writer = "main thread" | "reporter";
const TURNS: Readonly<Record<Writer, { readonly waiting: number; readonly writing: number }>> = {
  "main thread": { waiting: STARTING, writing: WRITING_EARLY },
  reporter: { waiting: WAITING, writing: WRITING },
};

/** Numbers that both threads read and write, without an event loop. */
export class ReporterState {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#numbers = new Int32Array(shared);
  }

  /** Whether the thread has started, and may write. */
  get isReady(): boolean {
    const activity = Atomics.load(this.#numbers, ACTIVITY);
    return activity === WAITING || activity === WRITING;
  }

  /** The end of the last whole state. */
  get position(): StatePosition {
    return {
      sequence: Atomics.load(this.#numbers, SEQUENCE),
      logNumber: Atomics.load(this.#numbers, LOG_NUMBER),
    };
  }

  set position({ sequence, logNumber }: StatePosition) {
    Atomics.store(this.#numbers, SEQUENCE, sequence);
    Atomics.store(this.#numbers, LOG_NUMBER, logNumber);
  }

  /**
   * Calls `write` if it is the turn of `writer`: the main thread, until the other one has started. `write` returns the end of
   * the state, or `undefined` if nothing was written.
   */
  writeAs(writer: Writer, write: () => StatePosition | undefined): void {
    const { waiting, writing } = TURNS[writer];
    if (Atomics.compareExchange(this.#numbers, ACTIVITY, waiting, writing) !== waiting) return;
    try {
      const end = write();
      if (end !== undefined) this.position = end;
    } finally {
      // Another number if the main thread has taken the state back meanwhile.
      Atomics.compareExchange(this.#numbers, ACTIVITY, writing, waiting);
      Atomics.notify(this.#numbers, ACTIVITY);
    }
  }

  /** The thread has started, and writes from now on. */
  ready(): void {
    while (Atomics.compareExchange(this.#numbers, ACTIVITY, STARTING, WAITING) === WRITING_EARLY)
      Atomics.wait(this.#numbers, ACTIVITY, WRITING_EARLY);
  }

  /** All requests up to this one are served. */
  serve(request: number): void {
    Atomics.store(this.#numbers, SERVED, request);
    Atomics.notify(this.#numbers, SERVED);
  }

  /** Blocks until a request is served, for at most `limitMillis`. Returns whether it is. */
  isServedWithin(request: number, limitMillis: number): boolean {
    const end = performance.now() + limitMillis;
    for (;;) {
      const served = Atomics.load(this.#numbers, SERVED);
      if (served >= request) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#numbers, SERVED, served, left);
    }
  }

  /**
   * Lets the thread begin no further state. Blocks until it does not write, for at most `limitMillis`: it may have died
   * amid a writing.
   */
  stop(limitMillis: number): void {
    const end = performance.now() + limitMillis;
    for (let left = limitMillis; left > 0; left = end - performance.now()) {
      for (const activity of [STARTING, WAITING])
        Atomics.compareExchange(this.#numbers, ACTIVITY, activity, STOPPED);
      if (Atomics.load(this.#numbers, ACTIVITY) === STOPPED) return;
      Atomics.wait(this.#numbers, ACTIVITY, WRITING, left);
    }
    Atomics.store(this.#numbers, ACTIVITY, STOPPED);
  }
}
