// Which script a worker runs. Node tells it to nobody but the constructor, so that is where it is overheard.
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import workerThreads from "node:worker_threads";

/** The name of a worker whose script is not known: its creator had got hold of `Worker` before we were enabled. */
const UNKNOWN_SCRIPT = "worker";

/** Overhears the scripts of workers while they are constructed. */
export class WorkerScripts {
  #current = UNKNOWN_SCRIPT;

  /** Base name of the script whose worker is being constructed right now. */
  get current(): string {
    return this.#current;
  }

  /**
   * Puts a proxy in the place of `Worker`, which changes nothing of it and only looks at the arguments, for CommonJS
   * and ES modules alike; a worker's `constructor` is the proxy too. Returns the removal.
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
      // Where somebody has put theirs over ours, it stays.
      if (workerThreads.Worker === listening) putInPlace(original);
    };
  }
}

function putInPlace(worker: typeof workerThreads.Worker): void {
  Reflect.set(workerThreads, "Worker", worker);
  Reflect.set(worker.prototype, "constructor", worker);
  syncBuiltinESMExports();
}

/** Never throws: what the constructor will not take is for the constructor to refuse. */
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
