// A started Tachymeter leaves no open handle, not even without `shutdown()`.
import { start } from "tachymeter";
import { place } from "./orders.mjs";

test("an application that starts the telemetry is tested", async () => {
  const telemetry = start({ readers: [] });
  place("shop");
  const { metrics } = await telemetry.snapshot();
  expect(metrics['orders_total{channel="shop"}'].value).toBe(1);
});
