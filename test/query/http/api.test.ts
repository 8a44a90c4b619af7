import { expect, test } from "vitest";
import { served } from "./served.ts";

test("an instant query answers from the collection of the start, and has the shape of Prometheus", async () => {
  const { telemetry, ask } = await served();
  telemetry.messaging.sent("jobs");
  // The columns began with the start, before the message.
  const { status, body } = await ask("query", { query: "vector(1) + 1", time: "1700000000.5" });
  expect(status).toBe(200);
  expect(body).toEqual({
    status: "success",
    data: { resultType: "vector", result: [{ metric: {}, value: [1_700_000_000.5, "2"] }] },
  });
});
