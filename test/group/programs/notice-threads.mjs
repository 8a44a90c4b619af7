// A preload that keeps the first thread of the process, which is one of Tachymeter's, and the numbers that it shares.
import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

const { Worker } = workerThreads;
workerThreads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, options);
    globalThis.firstThread ??= this;
    if (options?.workerData?.state instanceof SharedArrayBuffer)
      globalThis.sharedNumbers ??= new Int32Array(options.workerData.state);
  }
};
syncBuiltinESMExports();
