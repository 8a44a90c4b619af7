// Flushes the last interval at the end of the process, within a time limit and without changing how the process ends.
import { processEvents } from "../io/process-events.ts";
import { constants } from "node:os";
import { diag } from "@opentelemetry/api";
import { withTimeout } from "../io/timeout.ts";
import type { CollectOnExit } from "./collect-on-exit.ts";

// A process that still runs this long after a flush was not about to end: the next flush has the full time again.
const STALE_END_MILLIS = 60_000;
// Maximum time between our own flush and the `beforeExit` that it causes; nothing else runs in between.
const OWN_ECHO_MILLIS = 50;
// An exporter that still works after its flush causes another `beforeExit` each time.
const MAX_NATURAL_END_FLUSHES = 5;

// Exports between a signal that the application handled and its end, which may come without notice.
const DRAIN_FLUSH_MILLIS = 1_000;
const DRAIN_FLUSHES = 60;

// Time for `signal-exit`, which acts once it is the only listener, to end process 1 itself.
const PROCESS_1_GRACE_MILLIS = 100;

// npm passes a signal on that a terminal or systemd has sent to all processes.
const DUPLICATE_MILLIS = 500;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type EndSignal = (typeof SIGNALS)[number];

/** Exports all data within `limitMillis`. */
export type Flush = (limitMillis: number) => Promise<unknown>;

export interface FlushAtEndParts {
  readonly flush: Flush;
  /** Runs after the flushes, and is notified of their outcome. */
  readonly last: CollectOnExit;
  readonly timeoutMillis: number;
  /** Whether signals flush. */
  readonly signals: boolean;
  /** Whether there is something to flush. */
  readonly isNeeded: () => boolean;
}

/**
 * Flushes when the process ends naturally, by SIGTERM or by SIGINT. All flushes together take at most `timeoutMillis`.
 * Listeners of the application still decide how the process ends. Without such listeners, the signal ends the process
 * after the flush. A second signal of either kind ends it at once, but for a duplicate within half a second.
 *
 * A listener delays a signal until synchronous work ends, so they are added only if something has to be flushed.
 */
export class FlushAtEnd {
  readonly #parts: FlushAtEndParts;
  #removals: readonly (() => void)[] = [];
  #isEnded = false;

  constructor(parts: FlushAtEndParts) {
    this.#parts = parts;
  }

  /** Adds or removes the listeners, as is needed now. */
  update(): void {
    const isNeeded = !this.#isEnded && this.#parts.isNeeded();
    if (isNeeded === this.#removals.length > 0) return;
    if (!isNeeded) {
      for (const remove of this.#removals) remove();
      this.#removals = [];
      return;
    }
    const { flush, last, timeoutMillis, signals } = this.#parts;
    const end = new EndOfProcess(flush, timeoutMillis);
    this.#removals = [
      flushAtNaturalEnd(end, last),
      ...(signals ? SIGNALS.map((signal) => flushAtSignal(signal, end, last)) : []),
    ];
  }

  /** Removes the listeners for good. */
  end(): void {
    this.#isEnded = true;
    this.update();
  }
}

/** The flushes at the end of the process, which share one time limit. */
class EndOfProcess {
  readonly #flush: Flush;
  readonly #timeoutMillis: number;
  #leftMillis: number;
  #deadline = 0;
  #running = 0;
  #lastFlush = -Infinity;
  #signals = 0;

  constructor(flush: Flush, timeoutMillis: number) {
    this.#flush = flush;
    this.#timeoutMillis = timeoutMillis;
    this.#leftMillis = timeoutMillis;
  }

  /** Whether a flush after a signal is running; another signal then ends the process at once. */
  get isSignalled(): boolean {
    return this.#signals > 0;
  }

  /** As {@link EndOfProcess.flush}, after a signal. */
  async flushAfterSignal(): Promise<boolean> {
    this.#signals++;
    const inTime = await this.flush();
    this.#signals--;
    return inTime;
  }

  /** Flushes while the application works towards its end; keeps nothing alive, and takes nothing of the time limit. */
  flushMeanwhile(): void {
    const limitMillis = Math.min(this.#timeoutMillis, DRAIN_FLUSH_MILLIS);
    if (limitMillis <= 0 || this.#running > 0) return;
    void Promise.resolve()
      .then(() => this.#flush(limitMillis))
      .catch(() => {});
  }

  /** Flushes; resolves to whether it finished in time. Never rejects, and keeps the process alive meanwhile. */
  async flush(): Promise<boolean> {
    const now = performance.now();
    if (this.#running === 0) {
      if (now > this.#lastFlush + STALE_END_MILLIS) this.#leftMillis = this.#timeoutMillis;
      this.#deadline = now + this.#leftMillis;
    }
    const limitMillis = this.#deadline - now;
    if (limitMillis <= 0) return false;
    this.#running++;
    const inTime = await this.#bounded(limitMillis);
    this.#running--;
    this.#lastFlush = performance.now();
    // The time that the application takes between two flushes does not count.
    this.#leftMillis = this.#deadline - this.#lastFlush;
    return inTime;
  }

  #bounded(limitMillis: number): Promise<boolean> {
    const done = (): boolean => true;
    const late = (): boolean => {
      diag.warn(
        `last flush: not finished after ${this.#timeoutMillis / 1_000} s, so the latest metrics may be lost; see tachymeter/docs/troubleshooting.md`,
      );
      return false;
    };
    // The provider may be the application's, and may throw synchronously.
    const flushing = Promise.resolve().then(() => this.#flush(limitMillis));
    return withTimeout(flushing.then(done, done), limitMillis, late, { keepsAlive: true });
  }
}

function flushAtNaturalEnd(end: EndOfProcess, last: CollectOnExit): () => void {
  let flushing = false;
  let remaining = MAX_NATURAL_END_FLUSHES;
  let lastFlush = -Infinity;
  const onBeforeExit = (): void => {
    // Our own flush was the last work of the event loop: flushing again would never end.
    if (flushing || remaining === 0 || performance.now() - lastFlush < OWN_ECHO_MILLIS) return;
    flushing = true;
    // Determined now, since a `once` listener of the application is removed when it runs.
    const isAlone = process.listenerCount("beforeExit") === 1;
    // One more turn of the event loop, in which a signal arrives that the process has sent to itself.
    if (isAlone && !SIGNALS.some(hasListenersOfTheApplication)) setImmediate(() => {});
    void end.flush().then((inTime) => {
      flushing = false;
      lastFlush = performance.now();
      last.noteFlush(inTime, isAlone);
      // If there is no other listener, or an export hangs, the flush itself is all that keeps the event loop running.
      remaining = isAlone || !inTime ? 0 : remaining - 1;
      // An export that hangs would hold the process until its own time-out.
      if (isAlone && !inTime) process.exit();
    });
  };
  processEvents.on("beforeExit", onBeforeExit);
  return () => processEvents.off("beforeExit", onBeforeExit);
}

/**
 * Flushes at one signal. After a signal that the application handled, our listener leaves with the application's last
 * one. A signal that the application then sends to itself ends the process at once, as without us.
 */
function flushAtSignal(signal: EndSignal, end: EndOfProcess, last: CollectOnExit): () => void {
  let isHandled = false;
  let flushedAt = -Infinity;
  let draining: NodeJS.Timeout | undefined;
  const onSignal = (): void => {
    const isOfApplication = hasListenersOfTheApplication(signal);
    const isDuplicate = performance.now() - flushedAt < DUPLICATE_MILLIS;
    if (!isOfApplication && !isHandled && end.isSignalled && isDuplicate) return;
    processEvents.off("exit", onExit);
    if (isOfApplication) {
      isHandled = true;
      void end.flushAfterSignal().then((inTime) => {
        last.noteFlush(inTime, false);
        leaveSoon();
      });
      return;
    }
    // After the application's own clean-up, the flush that is under way may end.
    if (end.isSignalled && !isHandled) {
      last.keep();
      return endBySignal();
    }
    isHandled = false;
    flushedAt = performance.now();
    // The last one: after the last collection.
    processEvents.on("exit", onExit);
    void end.flushAfterSignal().then((inTime) => {
      if (!inTime) last.keep();
      endBySignal();
    });
  };
  const endBySignal = (): void => {
    process.off(signal, onSignal);
    process.kill(process.pid, signal);
    // Signals have no default action for process 1, so nothing else would end it.
    if (process.pid === 1)
      setTimeout(() => process.exit(128 + constants.signals[signal]), PROCESS_1_GRACE_MILLIS);
  };
  // The application exits while the flush is under way.
  const onExit = (): void => {
    process.off(signal, onSignal);
    // In effect for process 1, and if `signal-exit` listens.
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  };
  const join = (): void => {
    clearInterval(draining);
    isHandled = false;
    // Prepended, so that a `once` listener of the application is still registered when listeners are counted.
    process.prependListener(signal, onSignal);
  };
  const leaveSoon = (): void => {
    if (!isHandled || hasListenersOfTheApplication(signal)) return;
    // A flush that is under way calls again. A signal already sent arrives in the next turn of the event loop.
    if (last.needsTime) setImmediate(() => !end.isSignalled && leave());
    else leave();
  };
  const leave = (): void => {
    if (!isHandled || !process.listeners(signal).includes(onSignal)) return;
    if (hasListenersOfTheApplication(signal)) return;
    process.off(signal, onSignal);
    last.keep();
    // The process may end at any moment now, or live on.
    let turns = DRAIN_FLUSHES;
    draining = setInterval(() => {
      if (turns-- > 0) end.flushMeanwhile();
      else join();
    }, DRAIN_FLUSH_MILLIS).unref();
  };
  const onRemoval = (name: unknown, listener: unknown): void => {
    if (name === signal && listener !== onSignal) leaveSoon();
  };
  join();
  processEvents.on("removeListener", onRemoval);
  return () => {
    clearInterval(draining);
    processEvents.off("exit", onExit);
    processEvents.off("removeListener", onRemoval);
    process.off(signal, onSignal);
  };
}

// `signal-exit` listens too, but acts only if it is the only listener, so its listeners do not count.
function hasListenersOfTheApplication(signal: EndSignal): boolean {
  return process.listenerCount(signal) - 1 - signalExitListeners() > 0;
}

// Version 3 keeps its emitter on `process`, version 4 on the global object; `count` is the number of copies that
// listen.
function signalExitListeners(): number {
  const emitters: readonly unknown[] = [
    Reflect.get(process, "__signal_exit_emitter__"),
    Reflect.get(globalThis, Symbol.for("signal-exit emitter")),
  ];
  return emitters.reduce<number>((sum, emitter) => sum + countOf(emitter), 0);
}

function countOf(emitter: unknown): number {
  const isEmitter = typeof emitter === "object" && emitter !== null && "count" in emitter;
  return isEmitter && typeof emitter.count === "number" ? emitter.count : 0;
}
