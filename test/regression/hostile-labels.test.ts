import { start } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";

test("a label may be called __proto__, in events and in metrics", async () => {
  const telemetry = start({ readers: [], host: false, runtime: false });
  onTestFinished(() => telemetry.shutdown());
  const labels = JSON.parse('{ "__proto__": "a", "region": "north" }');
  telemetry.events.record({ event_type: "login", source: "shop", metadata: labels });
  telemetry.collector.recordEvent("login", labels);
  const recorded = telemetry.events.recent().map((event) => JSON.stringify(event));
  for (const text of recorded) expect(text).toContain('"__proto__":"a"');
  telemetry.collector.registerCounter("logins", "Logins.", ["__proto__"]).increment(1, labels);
  const { metrics } = await telemetry.snapshot();
  expect(Object.keys(metrics)).toContainEqual(expect.stringMatching(/^logins\{_proto_="a"/));
  expect(Object.getPrototypeOf(telemetry.events.recent()[0])).toBe(Object.prototype);
});
