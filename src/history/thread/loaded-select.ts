// The code of selections, loaded with the first one: it takes 3 MB, which most stores do not need.
import type { pausesOf, select as Select, selectLabels as SelectLabels } from "../select/select.ts";

let loaded: Pick<typeof import("../select/select.ts"), "pausesOf" | "select" | "selectLabels"> | undefined;

/** Whether the code is loaded. */
export function isSelectLoaded(): boolean {
  return loaded !== undefined;
}

/** Loads the code. Never rejects: if loading fails, selections throw the error. */
export async function loadSelect(): Promise<void> {
  try {
    loaded = await import("../select/select.ts");
  } catch (error) {
    const fail = (): never => {
      throw error;
    };
    loaded = { pausesOf: fail, select: fail, selectLabels: fail };
  }
}

/** As `select` of a store; the code must be loaded. */
export const selectNow: typeof Select = (...given) => code().select(...given);

/** As `selectLabels` of a store; the code must be loaded. */
export const selectLabelsNow: typeof SelectLabels = (...given) => code().selectLabels(...given);

/** As `pausesOf` of a store; the code must be loaded. */
export const pausesNow: typeof pausesOf = (...given) => code().pausesOf(...given);

function code(): NonNullable<typeof loaded> {
  if (loaded === undefined) throw new Error("selections are not loaded");
  return loaded;
}
