import { start } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";
import { otlpReceiver } from "../otlp-receiver.ts";

test("a collector that takes longer than an interval gets nothing twice", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = { afterMillis: 600 };
  const url = `${receiver.url}/v1/metrics`;
  const tachymeter = start({
    readers: [{ type: "otlp", url, temporality: "delta", interval: 0.2 }],
    host: false,
    runtime: false,
  });
  onTestFinished(() => tachymeter.shutdown());
  tachymeter.meterProvider.getMeter("shop").createCounter("orders").add(5);
  await receiver.waitForRequest(() => receiver.requests.length === 4);
  receiver.answer = "ok";
  const orders = receiver.requests.flatMap(({ body }) =>
    body.resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.filter(({ name }) => name === "orders")),
    ),
  );
  expect(orders.map(({ points }) => points)).toEqual([[expect.objectContaining({ value: 5 })]]);
});
