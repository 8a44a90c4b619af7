// One component's check: run at once, then at intervals, never twice at the same time.
import { show } from "../../diagnostics/show.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../recording/timer-seconds.ts";
import { type HealthVerdict, verdictFromError, verdictFromResult } from "./verdict.ts";

/** How a check of `Health.register` is run. */
export interface HealthCheckOptions {
  /**
   * Seconds from the start of one check to the start of the next. A check that is still running then is not
   * overlapped.
   *
   * @defaultValue 30
   */
  readonly interval?: number | undefined;
  /**
   * Seconds after which a check that has not answered makes its component unhealthy.
   *
   * @defaultValue 5
   */
  readonly timeout?: number | undefined;
  /**
   * Whether the whole is unhealthy when this component is; else it is degraded.
   *
   * @defaultValue true
   */
  readonly critical?: boolean | undefined;
}

/** Thrown by `Health.register` for a check that cannot be run as it was given. */
export class HealthCheckError extends Error {
  override readonly name = "HealthCheckError";
  readonly code = "TACHYMETER_HEALTH_CHECK";
}

/** Told of each check that ended while the component was still registered. */
export type CheckEnded = (verdict: HealthVerdict, seconds: number) => void;

const DEFAULT_INTERVAL_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 5;

/** Runs one check by an unref'd timer, from the moment it is made until it is stopped. */
export class HealthCheck {
  readonly #check: (signal: AbortSignal) => unknown;
  readonly #timeoutSeconds: number;
  readonly #ended: CheckEnded;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #isAwaited = false;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(check: (signal: AbortSignal) => unknown, options: HealthCheckOptions, ended: CheckEnded) {
    this.#check = check;
    this.#timeoutSeconds = options.timeout ?? DEFAULT_TIMEOUT_SECONDS;
    this.#ended = ended;
    const intervalSeconds = options.interval ?? DEFAULT_INTERVAL_SECONDS;
    this.#timer = setInterval(() => void this.run(), intervalSeconds * 1000);
    this.#timer.unref();
    void this.run();
  }

  /**
   * Runs the check in a moment, or joins the one that is running. Never rejects. With `isAwaited` its time-out keeps the
   * process alive, since the caller waits for it.
   */
  run({ isAwaited = false }: { readonly isAwaited?: boolean } = {}): Promise<void> {
    this.#isAwaited ||= isAwaited;
    if (isAwaited) this.#timeout?.ref();
    // A check that asks for itself joins itself, since it runs only once `#running` is set.
    return (this.#running ??= Promise.resolve().then(() => this.#runOnce()));
  }

  /** Ends it for good: the signal of a running check aborts, and what it finds is not told any more. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#cancel?.();
  }

  async #runOnce(): Promise<void> {
    if (this.#isStopped) return;
    const startedMillis = performance.now();
    const verdict = await this.#verdict();
    this.#running = undefined;
    this.#isAwaited = false;
    if (verdict !== undefined) this.#ended(verdict, (performance.now() - startedMillis) / 1000);
  }

  // The verdict of what comes first, the answer or the time-out; none where the check is stopped before either.
  #verdict(): Promise<HealthVerdict | undefined> {
    const controller = new AbortController();
    return new Promise((resolve) => {
      let isOver = false;
      const end = (verdict: HealthVerdict | undefined, abortReason?: DOMException): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        this.#cancel = undefined;
        this.#timeout = undefined;
        resolve(verdict);
        if (abortReason !== undefined) controller.abort(abortReason);
      };
      const timer = setTimeout(() => {
        const reason = `timed out after ${this.#timeoutSeconds} s`;
        end({ status: "unhealthy", reason }, new DOMException(reason, "TimeoutError"));
      }, this.#timeoutSeconds * 1000);
      if (!this.#isAwaited) timer.unref();
      this.#timeout = timer;
      this.#cancel = () => end(undefined, new DOMException("the check was removed", "AbortError"));
      void this.#answer(controller.signal).then((verdict) => end(verdict));
    });
  }

  async #answer(signal: AbortSignal): Promise<HealthVerdict> {
    try {
      return verdictFromResult(await this.#check(signal));
    } catch (error) {
      return verdictFromError(error);
    }
  }
}

/**
 * Checks what was given to `Health.register`.
 *
 * @throws HealthCheckError with everything that is wrong.
 */
export function assertHealthCheck(component: unknown, check: unknown, options: unknown): void {
  const problems: string[] = [];
  if (typeof component !== "string" || component === "") {
    problems.push("its name is no text; give the component's name");
  }
  if (typeof check !== "function") {
    problems.push(`check is ${show(check)}; give a function that throws or gives a status`);
  }
  if (typeof options !== "object" || options === null) {
    problems.push(`options are ${show(options)}; give an object, or nothing`);
  } else {
    const remedy = `give a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`;
    for (const key of ["interval", "timeout"]) {
      const seconds: unknown = Reflect.get(options, key);
      if (seconds !== undefined && !isTimerSeconds(seconds))
        problems.push(`${key} is ${show(seconds)}; ${remedy}`);
    }
    const critical: unknown = Reflect.get(options, "critical");
    if (critical !== undefined && typeof critical !== "boolean") {
      problems.push(`critical is ${show(critical)}; give true or false`);
    }
  }
  const name = typeof component === "string" ? `"${component}"` : show(component);
  if (problems.length > 0) {
    throw new HealthCheckError(problems.map((problem) => `health check ${name}: ${problem}`).join("\n"));
  }
}
