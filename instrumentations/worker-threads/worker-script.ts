// The scripts of workers, which Node.js gives to the constructor alone.
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import workerThreads from "node:worker_threads";

// Of a worker whose creator had `Worker` before the instrumentation was enabled.
const UNKNOWN_SCRIPT = "worker";

/** Reads the scripts of workers while they are constructed. */
export class WorkerScripts {
  #current = UNKNOWN_SCRIPT;

  /** Base name of the script whose worker is being constructed right now. */
  get current(): string {
    return this.#current;
  }

  /** Replaces `Worker` by a proxy that reads the arguments, also as workers' `constructor`. Returns the removal. */
  listen(): () => void {
    const original = workerThreads.Worker;
    const listening = new Proxy(original, {
      construct: (target, args: unknown[], newTarget): object => {
        const outer = this.#current;
        this.#current = scriptName(args[0], args[1]);
        try {
          return Reflect.construct(target, args, newTarget === listening ? target : newTarget);
        } finally {
          this.#current = outer;
        }
      },
    });
    putInPlace(listening);
    return () => {
      // A later replacement of ours stays.
      if (workerThreads.Worker === listening) putInPlace(original);
    };
  }
}

function putInPlace(worker: typeof workerThreads.Worker): void {
  Reflect.set(workerThreads, "Worker", worker);
  Reflect.set(worker.prototype, "constructor", worker);
  syncBuiltinESMExports();
}

// Never throws: bad arguments are for the constructor to refuse.
function scriptName(filename: unknown, options: unknown): string {
  try {
    if (typeof options === "object" && options !== null && "eval" in options && options.eval === true) {
      return "[worker eval]";
    }
    if (filename instanceof URL) {
      return filename.protocol === "data:" ? "[worker data]" : basename(fileURLToPath(filename));
    }
    return typeof filename === "string" ? basename(filename) : UNKNOWN_SCRIPT;
  } catch {
    return UNKNOWN_SCRIPT;
  }
}
