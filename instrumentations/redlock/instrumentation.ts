// Locks of the `redlock` package, and of the one that goes on where it has stopped.
import {
  type Attach,
  fieldOf,
  isObject,
  LibraryInstrumentation,
  Locks,
  type Method,
  type Outcome,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { redlock, REDLOCK, type RedlockInstrumentationConfig } from "./index.ts";

/**
 * Records how long the locks of Redlock are waited for and held, and which are contended, refused or lost.
 *
 * @example
 * new RedlockInstrumentation({ coordination, name: (resources) => resources.split(":")[0] ?? "" });
 */
export class RedlockInstrumentation extends LibraryInstrumentation<RedlockInstrumentationConfig> {
  constructor(config: RedlockInstrumentationConfig = {}) {
    super(redlock, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<RedlockInstrumentationConfig>): Attach {
  const redlocks = new Redlocks(recording);
  return (exports, { library }) => {
    if (library === REDLOCK) redlocks.attachToFour(prototypeOf(exports));
    else redlocks.attachToFork(prototypeOf(exports, "Redlock"));
  };
}

class Redlocks {
  readonly #recording: Recording<RedlockInstrumentationConfig>;
  readonly #locks: Locks;

  constructor(recording: Recording<RedlockInstrumentationConfig>) {
    this.#recording = recording;
    this.#locks = new Locks(recording);
  }

  // Through `_lock` go all of its ways to a lock, with and without options, callback or disposer.
  attachToFour(prototype: object): void {
    const recording = this.#recording;
    recording.wrap(prototype, "_lock", (lock) => this.#acquiring(lock, (args) => args[1] === null));
    recording.wrap(prototype, "extend", (extend) => this.#extending(extend));
    recording.wrap(prototype, "unlock", (unlock) => this.#releasing(unlock));
    recording.wrap(prototype, "release", (release) => this.#releasing(release));
  }

  attachToFork(prototype: object): void {
    const recording = this.#recording;
    recording.wrap(prototype, "acquire", (acquire) => this.#acquiring(acquire, () => true));
    recording.wrap(prototype, "extend", (extend) => this.#extending(extend));
    recording.wrap(prototype, "release", (release) => this.#releasing(release));
  }

  #acquiring(acquire: Method, isAcquisition: (args: readonly unknown[]) => boolean): Method {
    const locks = this.#locks;
    const follow = this.#follow;
    return function (...args) {
      if (!isAcquisition(args)) return Reflect.apply(acquire, this, args);
      const sinceMillis = performance.now();
      const resources = nameOfResources(args[0]);
      return follow(Reflect.apply(acquire, this, args), args, {
        fulfilled: (lock) => {
          if (!isObject(lock)) return;
          locks.acquired(lock, resources, sinceMillis);
          if (attemptsOf(lock) > 1) locks.contended(resources);
        },
        rejected: (error) => {
          locks.contended(resources);
          locks.failed(resources, error);
        },
      });
    };
  }

  #extending(extend: Method): Method {
    const locks = this.#locks;
    const follow = this.#follow;
    return function (...args) {
      const [lock] = args;
      return follow(Reflect.apply(extend, this, args), args, {
        fulfilled: (later) => {
          if (isObject(lock) && isObject(later)) locks.renewed(lock, later);
        },
        // A lock that could not be extended is held until it runs out.
        rejected: () => {
          if (isObject(lock) && hasRunOut(lock)) locks.lost(lock);
        },
      });
    };
  }

  #releasing(release: Method): Method {
    const locks = this.#locks;
    const follow = this.#follow;
    return function (...args) {
      const [lock] = args;
      return follow(Reflect.apply(release, this, args), args, {
        fulfilled: () => {
          if (isObject(lock)) locks.released(lock);
        },
        // The servers did not know it any more.
        rejected: () => {
          if (isObject(lock)) locks.lost(lock);
        },
      });
    };
  }

  // With a callback the promise is handled already.
  readonly #follow = (promise: unknown, args: readonly unknown[], outcome: Outcome): unknown => {
    const hasCallback = args.some((argument) => typeof argument === "function");
    return hasCallback
      ? this.#recording.observedAside(promise, outcome)
      : this.#recording.observed(promise, outcome);
  };
}

function nameOfResources(given: unknown): string {
  return Array.isArray(given) ? given.map(String).join(",") : String(given);
}

function attemptsOf(lock: object): number {
  const attempts = fieldOf(lock, "attempts");
  if (Array.isArray(attempts)) return attempts.length;
  return typeof attempts === "number" ? attempts : 1;
}

function hasRunOut(lock: object): boolean {
  const expiration = fieldOf(lock, "expiration");
  // A lock that was extended or released has 0.
  return typeof expiration === "number" && expiration > 0 && expiration < Date.now();
}
