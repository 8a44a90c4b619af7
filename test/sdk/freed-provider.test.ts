// Applications' tests start and end many SDKs in one process.
import { expect, test } from "vitest";
import { start } from "tachymeter";
import { heldBytes } from "../engine/memory.ts";

test("after the shutdown, nothing refers to the provider and its series", async () => {
  const providers: WeakRef<object>[] = [];
  for (let i = 0; i < 8; i++) {
    const telemetry = start({ readers: [], host: false });
    telemetry.messaging.sent("jobs", 1);
    await telemetry.snapshot();
    providers.push(new WeakRef(telemetry.meterProvider));
    await telemetry.shutdown();
  }
  await heldBytes();
  // The last one is in a frame of this function, the first one in the test runner.
  expect(providers.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2);
});

test("further starts hold little memory, although hooks of require() are never removed", async () => {
  const startAndEnd = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) await start({ readers: [], host: false, group: false }).shutdown();
    return heldBytes();
  };
  const before = await startAndEnd(5);
  expect((await startAndEnd(20)) - before).toBeLessThan(2_000_000);
});
