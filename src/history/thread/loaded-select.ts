// The code of selections, loaded with the first one: it takes 3 MB, which most stores do not need.
import type { select as Select } from "../select/select.ts";

let loaded: typeof Select | undefined;

/** Whether the code is loaded. */
export function isSelectLoaded(): boolean {
  return loaded !== undefined;
}

/** Loads the code. Never rejects: if loading fails, selections throw the error. */
export async function loadSelect(): Promise<void> {
  try {
    ({ select: loaded } = await import("../select/select.ts"));
  } catch (error) {
    loaded = () => {
      throw error;
    };
  }
}

/** As `select` of a store; the code must be loaded. */
export const selectNow: typeof Select = (...given) => {
  if (loaded === undefined) throw new Error("selections are not loaded");
  return loaded(...given);
};
