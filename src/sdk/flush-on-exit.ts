// The last interval's figures, at the end of the process: flushed within a bound, leaving how the program ends as it is.
import { constants } from "node:os";
import { diag } from "@opentelemetry/api";
import { withTimeout } from "../io/timeout.ts";
import type { CollectOnExit } from "./collect-on-exit.ts";

// A process that was told to end and still runs after that time was not about to end.
const STALE_END_MILLIS = 60_000;
// Between our own flush and the `beforeExit` that it causes, nothing else runs.
const OWN_ECHO_MILLIS = 50;
// An exporter whose work goes on after its flush is answered by another `beforeExit` each time.
const MAX_NATURAL_END_FLUSHES = 5;

// Within which a listener that acts once it is alone (`signal-exit`) can end process 1 itself.
const PROCESS_1_GRACE_MILLIS = 100;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type EndSignal = (typeof SIGNALS)[number];

/** Exports what there is, in at most that time. */
export type Flush = (limitMillis: number) => Promise<unknown>;

/**
 * Has `flush` called when the process ends by itself, by SIGTERM or by SIGINT. All flushes together take
 * `timeoutMillis` at most. Listeners of the application decide as before how the process ends. If it has none, the
 * signal ends it as if we were not there, and a second signal, whichever it is, ends it at once. `last`
 * comes after the flushes and gets their outcome. Returns a function that ends all of this.
 */
export function flushAtEnd(flush: Flush, last: CollectOnExit, timeoutMillis: number): () => void {
  const end = new EndOfProcess(flush, timeoutMillis);
  const removeNaturalEnd = flushAtNaturalEnd(end, last);
  const removals = SIGNALS.map((signal) => flushAtSignal(signal, end, last));
  return () => {
    removeNaturalEnd();
    for (const remove of removals) remove();
  };
}

/** The flushes at one end of the process, which share the time that there is for all of them. */
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

  /** Whether the flush after a signal is under way: another signal ends the process at once then. */
  get isSignalled(): boolean {
    return this.#signals > 0;
  }

  /** As `flush`, after a signal. */
  async flushAfterSignal(): Promise<boolean> {
    this.#signals++;
    const inTime = await this.flush();
    this.#signals--;
    return inTime;
  }

  /** Whether a flush ended before the deadline. Never rejects, and holds the process alive meanwhile. */
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
    // What the application itself does between two flushes takes nothing of their time.
    this.#leftMillis = this.#deadline - this.#lastFlush;
    return inTime;
  }

  #bounded(limitMillis: number): Promise<boolean> {
    const done = (): boolean => true;
    const late = (): boolean => {
      diag.warn(
        `last flush: not done after ${this.#timeoutMillis / 1_000} s, so the latest figures may be lost`,
      );
      return false;
    };
    // The provider may be the application's, and throw at once.
    const flushing = Promise.resolve().then(() => this.#flush(limitMillis));
    return withTimeout(flushing.then(done, done), limitMillis, late, { keepsAlive: true });
  }
}

function flushAtNaturalEnd(end: EndOfProcess, last: CollectOnExit): () => void {
  let flushing = false;
  let remaining = MAX_NATURAL_END_FLUSHES;
  let lastFlush = -Infinity;
  const onBeforeExit = (): void => {
    // Ours was the last work of the loop: flushing again would never end.
    if (flushing || remaining === 0 || performance.now() - lastFlush < OWN_ECHO_MILLIS) return;
    flushing = true;
    // Seen now, since a `once` listener of the application is gone when it has begun its work.
    const isAlone = process.listenerCount("beforeExit") === 1;
    void end.flush().then((inTime) => {
      flushing = false;
      lastFlush = performance.now();
      last.noteFlush(inTime, isAlone);
      // Where nobody else listens, or an export hangs, what the loop still has to do is what the flush left behind.
      remaining = isAlone || !inTime ? 0 : remaining - 1;
      // An export that hangs would hold the process until its own time-out.
      if (isAlone && !inTime) process.exit();
    });
  };
  process.on("beforeExit", onBeforeExit);
  return () => process.off("beforeExit", onBeforeExit);
}

function flushAtSignal(signal: EndSignal, end: EndOfProcess, last: CollectOnExit): () => void {
  const onSignal = (): void => {
    if (hasListenersOfTheApplication(signal)) {
      void end.flushAfterSignal().then((inTime) => last.noteFlush(inTime, false));
      return;
    }
    if (end.isSignalled) return endBySignal();
    void end.flushAfterSignal().then((inTime) => {
      if (!inTime) last.keep();
      endBySignal();
    });
  };
  const endBySignal = (): void => {
    process.off(signal, onSignal);
    process.kill(process.pid, signal);
    // The kernel gives process 1 no default action for signals, so that nothing but we would end it.
    if (process.pid === 1)
      setTimeout(() => process.exit(128 + constants.signals[signal]), PROCESS_1_GRACE_MILLIS);
  };
  // First, so that a `once` listener of the application is still there to be seen.
  process.prependListener(signal, onSignal);
  return () => process.off(signal, onSignal);
}

// `signal-exit` listens too, but acts only once it is alone: its listeners do not decide how the process ends.
function hasListenersOfTheApplication(signal: EndSignal): boolean {
  return process.listenerCount(signal) - 1 - signalExitListeners() > 0;
}

// Version 3 leaves its emitter on `process`, version 4 on the global object; `count` says how many copies listen.
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
