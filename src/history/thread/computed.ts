// Computations without the store. Their code is loaded with the first one.
import type { Answered, Request } from "./message.ts";

/** A request that needs no store. */
export type Computation = Extract<Request, { readonly kind: "levelChanges" | "trainWindow" | "trainJoint" }>;

export function isComputation(request: Request): request is Computation {
  return request.kind === "levelChanges" || request.kind === "trainWindow" || request.kind === "trainJoint";
}

/** Computes the result of a request. Returns `undefined` if it is cancelled. */
export async function computed(
  request: Computation,
  isCancelled: () => boolean,
): Promise<Answered<Computation["kind"]> | undefined> {
  switch (request.kind) {
    case "levelChanges": {
      const { levelChanges } = await import("../analysis/level-changes.ts");
      return completed(levelChanges(request.given), isCancelled);
    }
    case "trainWindow": {
      const { trainWindowModel } = await import("../models/window-training.ts");
      return completed(trainWindowModel(request.given.values, request.given.range), isCancelled);
    }
    case "trainJoint": {
      const { trainJointModel } = await import("../models/joint-model.ts");
      return completed(trainJointModel(request.given.columns, request.given.range), isCancelled);
    }
    default:
      return request satisfies never;
  }
}

function completed<Result>(steps: Iterator<void, Result>, isCancelled: () => boolean): Result | undefined {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (isCancelled()) return undefined;
  }
}
