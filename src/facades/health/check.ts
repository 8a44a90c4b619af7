import { show } from "../../diagnostics/show.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";
import { type HealthVerdict, verdictFromError, verdictFromResult } from "./report.ts";

/** Options of a check of `Health.register`. */
export interface HealthCheckOptions {
  /** Seconds between the starts of two checks. A running check is not overlapped. @defaultValue 30 */
  readonly interval?: number | undefined;
  /** Seconds after which a running check makes its component unhealthy. @defaultValue 5 */
  readonly timeout?: number | undefined;
  /** Whether the whole is unhealthy if this component is; else it is degraded. @defaultValue true */
  readonly critical?: boolean | undefined;
}

/** Thrown by `Health.register` and `Health.watchSystem` for invalid arguments. */
export class HealthCheckError extends Error {
  override readonly name = "HealthCheckError";
  readonly code = "TACHYMETER_HEALTH_CHECK";
}

/** Called with the result of each check, until the check is stopped. */
export type CheckEnded = (verdict: HealthVerdict, seconds: number) => void;

const DEFAULT_INTERVAL_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 5;

/** Runs one check at once and at intervals, by an unref'd timer and never twice at a time, until it is stopped. */
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
   * Starts the check, or joins the running one. Never rejects. With `isAwaited` its time-out keeps the process alive.
   */
  run({ isAwaited = false }: { readonly isAwaited?: boolean } = {}): Promise<void> {
    this.#isAwaited ||= isAwaited;
    if (isAwaited) this.#timeout?.ref();
    // Asynchronous, so that a check that runs itself joins itself.
    return (this.#running ??= Promise.resolve().then(() => this.#runOnce()));
  }

  /** Ends the check: aborts the signal of a running one and ignores its result. */
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

  // The answer or the time-out, whichever is first; `undefined` if the check is stopped before.
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

/** @throws HealthCheckError with all invalid arguments of `Health.register`. */
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
