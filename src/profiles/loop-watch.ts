// The watch over the main thread's event loop: V8's profiler samples it, and a thread reads the profile after a block.
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnce } from "../diagnostics/log-once.ts";
import { absolutePath } from "../io/files/absolute-path.ts";
import { startOwnWorker } from "../io/own-worker.ts";
import { processEvents } from "../io/process-events.ts";
import type { ProfileSettings } from "../options/profiles.ts";
import {
  type Answers,
  type Asked,
  type Block,
  type BlockedTime,
  type FromProfiler,
  type ProfilerData,
  SharedState,
  titleOf,
  type ToProfiler,
  TURN_KEY,
} from "./messages.ts";
import { debuggerNow, onForeignProfiler, onOwnSignal, refusal } from "./refusal.ts";

// Exists only in the build, neither in the sources nor in a bundled application.
const WORKER = new URL("./tachymeter-profiler.js", import.meta.url);
// A profile beyond this ends the thread, not the process.
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };
// The end of a profile takes up to 20 ms, so several blocks share one.
const MIN_TURN_MILLIS = 5_000;
// The samples of a profile take memory until it ends.
const MAX_TURN_MILLIS = 120_000;
const MAX_BLOCKS = 100;
// A beat is late by the whole block if it was due at its beginning.
const BEATS_OF_THRESHOLD = 4;
const MIN_BEAT_MILLIS = 5;
// The process wakes up for each beat. A loop that is active for a smaller share has only one in the time of the threshold.
const BUSY_SHARE = 0.1;
// The thread waits for a beat each second.
const MAX_BEAT_MILLIS = 500;
// A thread that reads a profile disconnects late.
const END_LIMIT_MILLIS = 1_000;

export interface LoopWatchEvents {
  readonly onBlocks: (blocks: readonly Block[]) => void;
  /** Called when the watch ends by itself. It must not begin again. */
  readonly onStop: () => void;
  /** Called after the watch has ended for a moment: the process sent a signal to itself, or samples its allocations. */
  readonly onInterruption: () => void;
}

/**
 * Watches the event loop of the main thread until `end`, or until someone else uses V8's profiler. Never keeps the
 * process alive.
 *
 * Profiles are begun and ended by the inspector's console, each before its predecessor ends. So V8 walks through the whole
 * heap only when the first one begins.
 */
export class LoopWatch {
  readonly #events: LoopWatchEvents;
  readonly #state = new SharedState();
  readonly #worker: Worker;
  readonly #thresholdMillis: number;
  readonly #beatMillis: number;
  readonly #idleBeatMillis: number;
  readonly #restore: () => void;
  readonly #console = process.getBuiltinModule("node:inspector").console;
  // From `performance.now()` to V8's time.
  readonly #offsetMicros = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;
  readonly #blocks: BlockedTime[] = [];
  readonly #asked = new Map<
    number,
    { readonly asked: Asked; readonly settle: (answer: Answers[Asked] | Error) => void }
  >();
  #beating: NodeJS.Timeout | undefined;
  #last = 0;
  // Time for which the loop was active until the last beat.
  #activeMillis = 0;
  #isIdle = false;
  #turn = 0;
  #turnedMillis = 0;
  #hasEnded = false;

  private constructor(settings: ProfileSettings, events: LoopWatchEvents) {
    this.#events = events;
    this.#thresholdMillis = settings.blockThresholdMillis;
    this.#beatMillis = Math.max(MIN_BEAT_MILLIS, settings.blockThresholdMillis / BEATS_OF_THRESHOLD);
    this.#idleBeatMillis = Math.max(
      this.#beatMillis,
      Math.min(settings.blockThresholdMillis, MAX_BEAT_MILLIS),
    );
    const workerData: ProfilerData = {
      state: this.#state.shared,
      samplingHertz: settings.samplingHertz,
      directory: process.cwd(),
      files:
        settings.directory === undefined
          ? undefined
          : { folder: absolutePath(settings.directory), maxBytes: settings.maxBytes },
    };
    this.#worker = startOwnWorker(WORKER, {
      workerData,
      resourceLimits: LIMITS,
      name: "tachymeter profiles",
    });
    this.#worker.on("message", (message: FromProfiler) => this.#take(message));
    this.#worker.on("error", (error: unknown) => this.#stop(errorMessage(error)));
    this.#worker.on("exit", () => {
      this.end();
      processEvents.off("exit", this.#onExit);
    });
    this.#worker.unref();
    processEvents.on("exit", this.#onExit);
    const removals = [
      onForeignProfiler((isOfHeap) => this.#makeWay(isOfHeap)),
      onOwnSignal(() => this.#interrupt()),
    ];
    this.#restore = () => {
      for (const remove of removals) remove();
    };
  }

  /** Begins a watch. If this is impossible, logs the reason and returns `undefined`. */
  static begin(settings: ProfileSettings, events: LoopWatchEvents): LoopWatch | undefined {
    // Without a build there is no thread.
    if (import.meta.url.endsWith(".ts")) return undefined;
    const reason = refusal() ?? (existsSync(WORKER) ? undefined : MISSING);
    if (reason === undefined) {
      try {
        return new LoopWatch(settings, events);
      } catch (error) {
        logOff(errorMessage(error));
      }
    } else logOff(reason);
    return undefined;
  }

  /** Whether the watch has neither been ended nor ended by itself. */
  get isRunning(): boolean {
    return !this.#hasEnded;
  }

  /** Takes a profile of some seconds. Rejects if V8 refuses, or if the watch ends before. */
  ask<Kind extends Asked>(asked: Kind, seconds: number): Promise<Answers[Kind]>;
  ask(asked: Asked, seconds: number): Promise<Answers[Asked]> {
    if (this.#hasEnded) return Promise.reject(endedError());
    const id = this.#asked.size === 0 ? 1 : Math.max(...this.#asked.keys()) + 1;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, {
        asked,
        settle: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)),
      });
      this.#post({ kind: "ask", id, asked, seconds });
    });
  }

  /** Ends the watch. Blocks that were not reported yet are lost. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#beating);
    this.#restore();
    Reflect.deleteProperty(globalThis, Symbol.for(TURN_KEY));
    if (this.#turn > 0) this.#console.profileEnd(titleOf(this.#turn));
    this.#state.preventConnection();
    this.#post({ kind: "end" });
    for (const { settle } of this.#asked.values()) settle(endedError());
    this.#asked.clear();
  }

  #stop(reason: string): void {
    if (this.#hasEnded) return;
    this.end();
    logOff(reason);
    this.#events.onStop();
  }

  #makeWay(isOfHeap: boolean): void {
    if (!isOfHeap) return this.#stop("the application uses V8's profiler itself");
    // V8 has one sampler of allocations for all sessions. When our thread disconnects, it ends the sampler, also one that the
    // application has begun. So the application begins after the disconnection.
    if ([...this.#asked.values()].some(({ asked }) => asked === "allocations")) this.#interrupt();
  }

  // The next watch begins once the application's call has returned.
  #interrupt(): void {
    this.#onExit();
    setImmediate(this.#events.onInterruption);
  }

  // Node.js would wait for the disconnection, with a message.
  readonly #onExit = (): void => {
    this.end();
    this.#state.awaitDisconnection(END_LIMIT_MILLIS);
  };

  #take(message: FromProfiler): void {
    if (this.#hasEnded) return;
    switch (message.kind) {
      case "ready":
        this.#begin();
        break;
      case "blocks":
        this.#events.onBlocks(message.blocks);
        break;
      case "answer":
        this.#asked.get(message.id)?.settle(message.answer);
        this.#asked.delete(message.id);
        break;
      case "warning":
        warnOnce(`profiles: a profile was not kept: ${message.text}`);
        break;
      case "failed":
        this.#stop(message.reason);
        break;
      default:
        message satisfies never;
    }
  }

  #begin(): void {
    const reason = debuggerNow();
    if (reason !== undefined) return this.#stop(reason);
    this.#next(false);
    Object.defineProperty(globalThis, Symbol.for(TURN_KEY), {
      configurable: true,
      value: () => this.#next(true),
    });
    this.#beatLater();
  }

  #beatLater(): void {
    this.#last = performance.now();
    this.#activeMillis = performance.eventLoopUtilization().active;
    this.#beating = setTimeout(() => this.#beat(), this.#nextBeatMillis).unref();
  }

  get #nextBeatMillis(): number {
    return this.#isIdle ? this.#idleBeatMillis : this.#beatMillis;
  }

  #beat(): void {
    this.#state.beat();
    const now = performance.now();
    const { from, isLate } = this.#blockUntil(now);
    if (isLate && this.#blocks.length < MAX_BLOCKS)
      this.#blocks.push({
        fromMicros: from * 1_000 + this.#offsetMicros,
        toMicros: now * 1_000 + this.#offsetMicros,
        endUnixMillis: Date.now(),
      });
    if (this.#isTurnDue(now, isLate)) {
      const reason = debuggerNow();
      if (reason !== undefined) return this.#stop(reason);
      this.#next(false);
    }
    // The time that this took is not the application's.
    this.#beatLater();
  }

  // A late beat was due in the block. The time between the beats of an idle loop is longer, and so may be the part of the block
  // before this. Hardly anything else was active then.
  #blockUntil(now: number): { readonly from: number; readonly isLate: boolean } {
    const due = this.#last + this.#nextBeatMillis;
    const activeMillis = performance.eventLoopUtilization().active - this.#activeMillis;
    const isIdle = this.#isIdle;
    this.#isIdle = activeMillis < BUSY_SHARE * (now - this.#last);
    if (!isIdle) return { from: due, isLate: now - due >= this.#thresholdMillis };
    return {
      from: now - activeMillis,
      isLate: now - due >= this.#beatMillis && activeMillis >= this.#thresholdMillis,
    };
  }

  #isTurnDue(now: number, isLate: boolean): boolean {
    const age = now - this.#turnedMillis;
    if (age < MIN_TURN_MILLIS && !(isLate && this.#isFirst)) return false;
    return this.#blocks.length > 0 || age >= MAX_TURN_MILLIS;
  }

  // The first block after the start of the watch is reported at once.
  get #isFirst(): boolean {
    return this.#turn === 1;
  }

  // In the order in which a request of the thread, in the middle of this, does no harm.
  #next(isBlocked: boolean): void {
    const turn = this.#turn;
    this.#turn++;
    this.#turnedMillis = performance.now();
    this.#console.profile(titleOf(turn + 1));
    if (turn === 0) return;
    this.#console.profileEnd(titleOf(turn));
    this.#post({ kind: "turned", turn, blocks: this.#blocks.splice(0), isBlocked });
  }

  #post(message: ToProfiler): void {
    this.#worker.postMessage(message);
  }
}

const MISSING =
  "the file of their thread was not found; mark tachymeter as external in the bundler, or turn option profiles off";

function endedError(): Error {
  return new Error("profiles: the watch has ended");
}

function logOff(reason: string): void {
  diag.warn(`profiles: no profiles are taken, since ${reason}`);
}
