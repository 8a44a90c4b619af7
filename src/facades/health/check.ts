import { show } from "../../diagnostics/show.ts";
import { withTimeout } from "../../io/timeout.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";
import { verdictFromResult } from "./reading.ts";
import { type HealthVerdict, verdictFromError } from "./report.ts";

/** Options of `Health.register`. */
export interface HealthCheckOptions {
  /**
   * Seconds between the starts of two checks. If a check is still running when the next one is due, that one is
   * skipped. One that timed out counts as ended, so let `signal` end its work.
   *
   * @defaultValue 30
   */
  readonly interval?: number | undefined;
  /**
   * Seconds after which a running check times out, which makes its component unhealthy.
   *
   * @defaultValue 5
   */
  readonly timeout?: number | undefined;
  /**
   * Whether the overall status is unhealthy if this component is; otherwise it is degraded.
   *
   * @defaultValue true
   */
  readonly critical?: boolean | undefined;
}

/** Thrown by `Health.register` and `Health.watchSystem` for invalid arguments. */
export class HealthCheckError extends Error {
  /** Always `HealthCheckError`. */
  override readonly name = "HealthCheckError";
  /** Always `TACHYMETER_HEALTH_CHECK`. */
  readonly code = "TACHYMETER_HEALTH_CHECK";
}

/** Interval of checks without option `interval`. */
export const DEFAULT_INTERVAL_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 5;
const HOLD_MILLIS = 1_000_000;

/** Listens to a check. */
export interface HealthCheckListener {
  /** Called with the result of each check, until the check is stopped. */
  readonly ended: (verdict: HealthVerdict, seconds: number) => void;
  /** Called with a result that names a status that is not known. */
  readonly refused: (result: unknown) => void;
  readonly stopped?: (() => void) | undefined;
}

/**
 * Runs one check immediately and then at intervals until it is stopped. The timer is unref'd, and checks never overlap.
 */
export class HealthCheck {
  readonly #check: (signal: AbortSignal) => unknown;
  readonly #timeoutSeconds: number;
  readonly #listener: HealthCheckListener;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(
    check: (signal: AbortSignal) => unknown,
    { interval = DEFAULT_INTERVAL_SECONDS, timeout = DEFAULT_TIMEOUT_SECONDS }: HealthCheckOptions,
    listener: HealthCheckListener,
  ) {
    this.#check = check;
    this.#timeoutSeconds = timeout;
    this.#listener = listener;
    this.#timer = setInterval(() => void this.#run(), interval * 1000).unref();
    void this.#run();
  }

  /** Runs the check, or joins the one that is running. Never rejects, and keeps the process alive. */
  async run(): Promise<void> {
    const hold = setInterval(() => {}, HOLD_MILLIS);
    await this.#run();
    clearInterval(hold);
  }

  /** Stops the check: aborts the signal of a running one and ignores its result. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#cancel?.();
    this.#listener.stopped?.();
  }

  #run(): Promise<void> {
    // Asynchronous, so that a check that calls itself joins the running one.
    return (this.#running ??= Promise.resolve().then(() => this.#runOnce()));
  }

  async #runOnce(): Promise<void> {
    if (this.#isStopped) return;
    const startedMillis = performance.now();
    const controller = new AbortController();
    const answered = new Promise<HealthVerdict | undefined>((resolve) => {
      this.#cancel = () => {
        resolve(undefined);
        controller.abort(new DOMException("the check was removed", "AbortError"));
      };
      void this.#answer(controller.signal).then(resolve);
    });
    const verdict = await withTimeout(answered, this.#timeoutSeconds * 1000, (): HealthVerdict => {
      const reason = `timed out after ${this.#timeoutSeconds} s`;
      controller.abort(new DOMException(reason, "TimeoutError"));
      return { status: "unhealthy", reason };
    });
    this.#running = this.#cancel = undefined;
    if (verdict !== undefined) this.#listener.ended(verdict, (performance.now() - startedMillis) / 1000);
  }

  async #answer(signal: AbortSignal): Promise<HealthVerdict> {
    try {
      const result = await this.#check(signal);
      const verdict = verdictFromResult(result);
      if (verdict !== undefined) return verdict;
      this.#listener.refused(result);
      return { status: "unknown", reason: "the check returned a status that is not known" };
    } catch (error) {
      return verdictFromError(error);
    }
  }
}

/**
 * Checks the arguments of `Health.register`.
 *
 * @throws HealthCheckError with all invalid arguments.
 */
export function assertHealthCheck(component: unknown, check: unknown, options: unknown): void {
  const problems: string[] = [];
  if (typeof component !== "string" || component === "") {
    problems.push(`component must be a string that is not empty, got ${show(component)}`);
  }
  if (typeof check !== "function") {
    problems.push(`check must be a function, got ${show(check)}; pass one that throws or returns a status`);
  }
  if (typeof options !== "object" || options === null) {
    problems.push(`options must be an object, got ${show(options)}`);
  } else {
    for (const key of ["interval", "timeout", "critical"]) {
      problems.push(...problemsOfOption(key, Reflect.get(options, key)));
    }
  }
  const name = typeof component === "string" ? `"${component}"` : show(component);
  if (problems.length > 0) {
    throw new HealthCheckError(problems.map((problem) => `health check ${name}: ${problem}`).join("\n"));
  }
}

/** Problems with the value of option `interval`, `timeout` or `critical`. */
export function problemsOfOption(key: string, value: unknown): readonly string[] {
  const isValid = key === "critical" ? typeof value === "boolean" : isTimerSeconds(value);
  if (value === undefined || isValid) return [];
  const rule =
    key === "critical" ? "be true or false" : `be a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`;
  return [`${key} must ${rule}, got ${show(value)}`];
}
