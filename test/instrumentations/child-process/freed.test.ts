// Processes that are not observed until their end are freed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { childProcess as instrumented } from "../../../instrumentations/child-process/index.ts";
import { begin } from "../../../instrumentations/child-process/instrumentation.ts";
import { heldBytes } from "../../engine/memory.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

test("processes that were running when it was disabled are freed once they exit", async () => {
  const instrumentation = instrumentationOf(instrumented, begin, {});
  const idle = (): ChildProcess => spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const children = [idle(), idle(), idle(), idle()];
  instrumentation.disable();
  const closed = children.map((child) => once(child, "close"));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(closed.splice(0));
  const references = children.splice(0).map((child) => new WeakRef(child));
  await heldBytes();
  // The last one may be in a frame of this function.
  expect(references.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(1);
});
