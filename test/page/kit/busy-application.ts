// An application that has series for panels of most areas.
import { metrics } from "@opentelemetry/api";
import type { Options, Tachymeter } from "tachymeter";
import { onTestFinished } from "vitest";

/** Options under which all its series are recorded. */
export const BUSY: Options = { host: true, runtime: true, hooks: { kernels: true } };

/** Records measurements of most facades, now and each 100 ms until the end of the test. */
export function busyApplication(telemetry: Tachymeter): void {
  const { commands, coordination, health, kernels, messaging, network } = telemetry;
  health.set("database", "degraded", "slow");
  kernels.activate("kernel-1");
  kernels.queueSize("kernel-1", "input", () => 7);
  network.watchPool("pool", () => ({ size: 5, idle: 1, waiting: 2 }));
  coordination.join("node-1", { lasting: true });
  coordination.leaderChanged("node-1");
  const duration = metrics
    .getMeter("app")
    .createHistogram("http.server.request.duration", { unit: "s", description: "Duration of requests." });
  const record = (): void => {
    for (const destination of ["orders", "invoices"]) {
      messaging.sent(destination);
      messaging.received(destination);
      messaging.processed(destination, 0.01);
    }
    coordination.message("heartbeat");
    coordination.lockAcquired("lock", 0.01);
    kernels.recordReceive("kernel-1");
    kernels.recordProcessed("kernel-1", 0.02);
    commands.recordExecution(true, 0.2, "convert");
    commands.recordExecution(false, 0.1, "convert");
    for (const code of [200, 500])
      duration.record(0.1 * Math.random(), { "http.response.status_code": code });
  };
  record();
  const timer = setInterval(record, 100);
  onTestFinished(() => clearInterval(timer));
}
