// The worker thread that writes the state of its process.
import { workerData } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { LiveState } from "./live-state.ts";
import type { FromReporter, ReporterData } from "./messages.ts";

const data: ReporterData = workerData;
const log =
  (level: "error" | "warn") =>
  (text: string): void => {
    const message: FromReporter = { kind: "log", level, text };
    data.port.postMessage(message);
  };
const ignore = (): void => {};
diag.setLogger({ error: log("error"), warn: log("warn"), info: ignore, debug: ignore, verbose: ignore });
new LiveState(data).begin();
