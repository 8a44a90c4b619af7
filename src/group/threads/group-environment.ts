// Environment data of a group: the main thread sets it, and all threads started later inherit it, nested ones included.
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { isObject } from "../../options/check.ts";
import type { SlotsInEnvironment } from "./thread-slots.ts";

const KEY = "tachymeter/group";

/** The data that a thread needs to join the group of its main thread. */
export interface GroupEnvironment {
  /** Version of the package in the main thread. */
  readonly version: string;
  readonly configuration: unknown;
  readonly slots: SlotsInEnvironment;
  /** The members from which a thread with this data descends, oldest first. */
  readonly ancestors: readonly number[];
}

/** Sets the data for threads that this thread starts from now on; `undefined` removes it. */
export function setGroupEnvironment(environment: GroupEnvironment | undefined): void {
  setEnvironmentData(KEY, environment);
}

/** Returns the data of this thread; `undefined` if its process has no group, or if another version has set them. */
export function groupEnvironment(): GroupEnvironment | undefined {
  const found: unknown = getEnvironmentData(KEY);
  return isGroupEnvironment(found) ? found : undefined;
}

function isGroupEnvironment(found: unknown): found is GroupEnvironment {
  return (
    isObject(found) &&
    typeof found["version"] === "string" &&
    isObject(found["slots"]) &&
    typeof found["slots"]["name"] === "string" &&
    found["slots"]["shared"] instanceof Int32Array &&
    Array.isArray(found["ancestors"])
  );
}
