import { LogOnce } from "../../diagnostics/log-once.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";

/** Thrown by `Kernels.monitor` if its callback or interval is invalid. */
export class KernelMonitorError extends TypeError {
  /** Always `KernelMonitorError`. */
  override readonly name = "KernelMonitorError";
  /** Always `TACHYMETER_KERNEL_MONITOR`. */
  readonly code = "TACHYMETER_KERNEL_MONITOR";
}

/** Calls `callback` with the result of `summarize` every `interval` seconds. Returns a function that stops it. */
export function monitorKernels<Summary>(
  summarize: () => Summary,
  callback: (summary: Summary) => unknown,
  interval: number,
): () => void {
  const problems: string[] = [];
  if (typeof callback !== "function")
    problems.push(`callback must be a function, got a value of type ${typeof callback}`);
  if (!isTimerSeconds(interval)) {
    problems.push(
      `interval must be a number of seconds above 0, at most ${MAX_TIMER_SECONDS}, got ${String(interval)}`,
    );
  }
  if (problems.length > 0) throw new KernelMonitorError(`kernel monitor: ${problems.join("; ")}`);
  const once = new LogOnce();
  // Asynchronous, so that rejections are caught like exceptions.
  const call = async (): Promise<void> => {
    try {
      await callback(summarize());
    } catch (error) {
      once.error("", () => "kernel monitor: callback failed; fix the callback", error);
    }
  };
  const timer = setInterval(() => void call(), interval * 1000).unref();
  return () => clearInterval(timer);
}
