import { mock } from "node:test";
import { Kernels } from "tachymeter/facades";
import { expect, test } from "vitest";

test("a second call of a removal keeps a later instrumentation of the runtime", () => {
  const kernels = new Kernels();
  const activate = (_id: string): void => {};
  const runtime = { activate };
  const removeFirst = kernels.instrument(runtime);
  removeFirst();
  const removeSecond = kernels.instrument(runtime);
  removeFirst();
  runtime.activate("k");
  expect(kernels.getTelemetry("k")?.state).toBe("active");
  removeSecond();
  expect(runtime.activate).toBe(activate);
});

test("a mock in a runtime shows its calls while the runtime is instrumented", () => {
  const kernels = new Kernels();
  const activate = mock.fn((_id: string) => {});
  const runtime = { activate };
  kernels.instrument(runtime);
  runtime.activate("k");
  expect(runtime.activate.mock.callCount()).toBe(1);
  expect(kernels.getTelemetry("k")?.state).toBe("active");
});
