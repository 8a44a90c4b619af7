import { LogOnce } from "../../diagnostics/log-once.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";

/** Thrown by `Kernels.monitor` for an invalid callback or interval. */
export class KernelMonitorError extends TypeError {
  override readonly name = "KernelMonitorError";
  readonly code = "TACHYMETER_KERNEL_MONITOR";
}

/** Calls `callback` with the result of `summarize` every `interval` seconds; returns the removal. */
export function monitorKernels<Summary>(
  summarize: () => Summary,
  callback: (summary: Summary) => unknown,
  interval: number,
): () => void {
  const problems: string[] = [];
  if (typeof callback !== "function") problems.push(`callback is a ${typeof callback}; pass a function`);
  if (!isTimerSeconds(interval)) {
    problems.push(
      `interval is ${String(interval)}; pass a number of seconds above 0 and at most ${MAX_TIMER_SECONDS}`,
    );
  }
  if (problems.length > 0) throw new KernelMonitorError(`kernel monitor: ${problems.join("; ")}`);
  const once = new LogOnce();
  // Asynchronous, so that rejections are caught like exceptions.
  const call = async (): Promise<void> => {
    try {
      await callback(summarize());
    } catch (error) {
      once.error("", () => "kernel monitor: its callback failed; mend the callback", error);
    }
  };
  const timer = setInterval(() => void call(), interval * 1000).unref();
  return () => clearInterval(timer);
}
