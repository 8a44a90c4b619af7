import { RemoteHistory } from "tachymeter/history";
import { expect, test } from "vitest";
import { served } from "./served.ts";

test("a remote history queries our endpoint", async () => {
  const { telemetry, url } = await served();
  telemetry.messaging.sent("jobs", 3);
  await telemetry.query("1");
  const remote = new RemoteHistory({ url });
  const names: string[] = [];
  for await (const { name } of remote.metrics()) names.push(name);
  expect(names).toContain("messages_sent_total");
  expect(await remote.query({ metric: "messages.sent", aggregate: "LAST" })).toMatchObject({
    type: "counter",
    series: [{ attributes: { messaging_destination_name: "jobs" }, points: [[expect.any(Number), 3]] }],
  });
  expect(await remote.query("sum(messages_sent_total)")).toMatchObject({ series: [{ value: 3 }] });
});
