// Jest:   NODE_OPTIONS=--experimental-vm-modules npx jest
// Vitest: npx vitest run --globals
import { createTestTelemetry } from "tachymeter/testing";
import { place } from "./orders.mjs";

test("an order is counted", async () => {
  const telemetry = createTestTelemetry();
  place("web", telemetry.meterProvider);
  expect(await telemetry.value("orders", { channel: "web" })).toBe(1);
});
