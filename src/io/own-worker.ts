// Worker threads of Tachymeter's own, whose code is a file of the package.
import { Worker, type WorkerOptions } from "node:worker_threads";
import { ownThread } from "./own-processes.ts";

/** Starts a worker thread that does not preload the application's modules. @throws the system's refusal. */
export function startOwnWorker(
  file: URL,
  options: Pick<WorkerOptions, "workerData" | "transferList" | "resourceLimits" | "name">,
): Worker {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return ownThread(() => new Worker(file, { ...options, execArgv: [], env, argv: [] }));
}
