import type { FacadeOptions } from "../../recording/facade-meter.ts";

/** Options of `Kernels`. */
export interface KernelsOptions extends FacadeOptions {
  /**
   * Whether anything is recorded. If not, calls do nothing.
   *
   * @defaultValue true
   */
  readonly enabled?: boolean;
}

/** Options of `Kernels.launch`. */
export interface KernelLaunchOptions {
  /** GPU on which the kernel runs: its `hw.id`, such as `GPU-` and the UUID. @defaultValue none */
  readonly device?: string;
}
