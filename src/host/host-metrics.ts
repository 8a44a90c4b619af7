// What the machine and the process do.
import type { MeterProvider } from "@opentelemetry/api";
import { observeLinux } from "./linux.ts";
import { observeOther } from "./other.ts";

/**
 * Observes the machine and this process on `meterProvider`; returns the removal. What comes on which platform, and how it
 * is read, is in `docs/host.md`. On Linux no collection starts a process.
 */
export function observeHost(meterProvider: MeterProvider): () => void {
  return process.platform === "linux" ? observeLinux(meterProvider) : observeOther(meterProvider);
}
