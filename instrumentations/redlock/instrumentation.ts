import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { Locks } from "../shared/locks.ts";
import type { Outcome } from "../shared/observed.ts";
import type { LocksConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { REDLOCK } from "./index.ts";

/**
 * Records the wait and hold times of locks of the `redlock` package and of its successor `@sesamecare-oss/redlock`.
 * Also counts contended, refused and lost locks.
 */
export function begin(recording: Recording<LocksConfig>): Attach {
  const locks = new Locks(recording);
  const acquiring = ([given]: readonly unknown[]): Outcome => {
    const sinceMillis = performance.now();
    const resources = Array.isArray(given) ? given.map(String).join(",") : String(given);
    return {
      fulfilled: (lock) => {
        if (!isObject(lock)) return;
        locks.acquired(lock, resources, sinceMillis);
        if (attemptsOf(lock) > 1) locks.contended(resources);
      },
      rejected: (error) => {
        locks.contended(resources);
        locks.failed(resources, error);
      },
    };
  };
  const extending = ([lock]: readonly unknown[]): Outcome => ({
    fulfilled: (later) => isObject(lock) && isObject(later) && locks.renewed(lock, later),
    // A lock that could not be extended is held until it expires.
    rejected: () => isObject(lock) && hasRunOut(lock) && locks.lost(lock),
  });
  const releasing = ([lock]: readonly unknown[]): Outcome => ({
    fulfilled: () => isObject(lock) && locks.released(lock),
    // The servers no longer knew the lock.
    rejected: () => isObject(lock) && locks.lost(lock),
  });
  const watch = (
    prototype: object,
    name: string,
    begun: (args: readonly unknown[]) => Outcome | undefined,
  ): void => {
    recording.wrap(prototype, name, (method) => {
      return function (...args) {
        const outcome = begun(args);
        const promise = Reflect.apply(method, this, args);
        if (outcome === undefined) return promise;
        // With a callback the promise is already handled.
        const hasCallback = args.some((argument) => typeof argument === "function");
        return hasCallback ? recording.observedAside(promise, outcome) : recording.observed(promise, outcome);
      };
    });
  };
  return (exports, { library }) => {
    const isFour = library === REDLOCK;
    const prototype = prototypeOf(exports, isFour ? "default" : "Redlock");
    // In version 4, all acquisitions and extensions call `_lock`.
    if (isFour) watch(prototype, "_lock", (args) => (args[1] === null ? acquiring(args) : undefined));
    else watch(prototype, "acquire", acquiring);
    watch(prototype, "extend", extending);
    watch(prototype, "release", releasing);
    if (isFour) watch(prototype, "unlock", releasing);
  };
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
