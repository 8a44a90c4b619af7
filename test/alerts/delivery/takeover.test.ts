// Takeovers of deliveries by another process.
import { expect, test } from "vitest";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import type { Receiver } from "../../../src/alerts/delivery/receivers/receiver.ts";
import { Silences } from "../../../src/alerts/delivery/routing/silences.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { firing } from "./alerts-of.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

function deliveryIn(directory: string, clock: TurnedClock, ...receivers: readonly Receiver[]): AlertDelivery {
  return new AlertDelivery({ receivers: [] }, { directory, clock, random: () => 0.5, receivers });
}

test("a group keeps the time of its next notification in the next process, also if the last had no news", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  const a = firing({ instance: "a" }, clock.seconds);
  let delivery = deliveryIn(directory, clock, recorder);
  delivery.update([a], clock.seconds);
  await clock.pass(350);
  await delivery.close();
  delivery = deliveryIn(directory, clock, recorder);
  delivery.update([a, firing({ instance: "b" }, clock.seconds)], clock.seconds);
  await clock.pass(200);
  expect(recorder.texts).toEqual(["Testa firing"]);
  await clock.pass(100);
  expect(recorder.texts).toEqual(["Testa firing", "Testa firing, Testb firing"]);
  await delivery.close();
});

test.each(["begins with", "adopts"])(
  "a delivery that %s a folder knows its silences at once",
  async (how) => {
    const [directory, clock, recorder] = [
      newFolder("delivery"),
      new TurnedClock(Date.now() / 1_000),
      new Recorder(),
    ];
    const before = deliveryIn(directory, clock, recorder);
    before.update([firing({}, clock.seconds)], clock.seconds);
    await clock.pass(20);
    await before.close();
    // It is due now.
    await clock.pass(20);
    // A member of a group reads the file at its start.
    const silences = new Silences(() => clock.unixMillis(), directory);
    const begin = (own?: string): AlertDelivery =>
      new AlertDelivery({ receivers: [] }, { directory: own, silences, clock, receivers: [recorder] });
    const member = how === "adopts" ? begin() : undefined;
    const byOther = new Silences(() => clock.unixMillis(), directory);
    byOther.add('alertname="Test"', { until: clock.seconds + 600, comment: "deployment" });
    await clock.pass(2);
    const delivery = member ?? begin(directory);
    member?.adopt(directory);
    await clock.pass(300);
    expect(recorder.texts).toEqual([]);
    await delivery.close();
  },
);
