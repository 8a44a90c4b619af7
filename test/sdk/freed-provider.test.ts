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
