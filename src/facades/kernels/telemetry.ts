import type { KernelLatency } from "./latency-sketch.ts";
import type { KernelResources } from "./resources.ts";

/** State of a kernel. `unknown` means that it has a record, but was never launched. */
export type KernelState = "unknown" | "launched" | "active" | "inactive" | "terminated";

/** Current figures of a kernel. */
export interface KernelTelemetry {
  /** Id of the kernel. */
  readonly kernelId: string;
  /** Current state. */
  readonly state: KernelState;
  /** Number of received messages. */
  readonly messagesReceived: number;
  /** Number of sent messages. */
  readonly messagesSent: number;
  /** Number of messages received and settled without an error; at most `messagesReceived`. */
  readonly messagesProcessed: number;
  /** Number of errors. */
  readonly errors: number;
  /** Time of the launch, in seconds since the epoch; absent before the launch. */
  readonly startTime?: number;
  /**
   * Time of the last message received or sent, in seconds since the epoch; absent before the first one. Above 2,000
   * messages a second it may be 50 ms old.
   */
  readonly lastMessageTime?: number;
  /** Messages processed per second of the uptime. After a reset, only the uptime since then counts. */
  readonly throughput: number;
  /** Seconds from launch to termination, or to now; 0 before the launch. */
  readonly uptime: number;
  /** Share of errors among errors and processed messages, from 0 to 1; 0 before the first one. */
  readonly errorRate: number;
  /** Processing times passed to `recordProcessed`; absent before the first one. */
  readonly latency?: KernelLatency;
  /** Number of messages that wait to be processed: see `Kernels.queueSize`. */
  readonly inputQueueSize?: number;
  /** Number of messages that wait to be sent: see `Kernels.queueSize`. */
  readonly outputQueueSize?: number;
  /** Resources used by a running worker thread or child process. */
  readonly resources?: KernelResources;
}

/** Returns the error rate of a kernel. */
export function errorRateOf(errors: number, messagesProcessed: number): number {
  return errors === 0 ? 0 : errors / (errors + messagesProcessed);
}
