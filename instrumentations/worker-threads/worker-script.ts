// Scripts of workers, which Node.js passes to the constructor only.
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import workerThreads from "node:worker_threads";

// For a worker created by a `Worker` that was imported before the instrumentation was enabled.
const UNKNOWN_SCRIPT = "worker";

/** Reads the scripts of workers while they are constructed. */
export class WorkerScripts {
  #current = UNKNOWN_SCRIPT;

  /** The base name of the script whose worker is currently being constructed. */
  get current(): string {
    return this.#current;
  }

  /**
   * Replaces `Worker`, also as workers' `constructor`, by a proxy that reads the arguments. Returns a function that
   * restores it.
   */
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
      // A later replacement by this package stays.
      if (workerThreads.Worker === listening) putInPlace(original);
    };
  }
}

function putInPlace(worker: typeof workerThreads.Worker): void {
  Reflect.set(workerThreads, "Worker", worker);
  Reflect.set(worker.prototype, "constructor", worker);
  syncBuiltinESMExports();
}

// Never throws: invalid arguments are left to the constructor.
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
