import { expect, test } from "vitest";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { firing, resolved } from "./alerts-of.ts";
import { logged } from "./delivery-to.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

function deliveryIn(directory: string, clock: TurnedClock, receiver: Recorder): AlertDelivery {
  return new AlertDelivery({ receivers: [] }, { directory, clock, random: () => 0.5, receivers: [receiver] });
}

test("a refused notification is dropped after a day, and its alert is announced again", async () => {
  const lines = logged();
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder("strict")];
  recorder.outcome = { kind: "rejected", reason: "no such channel" };
  const delivery = deliveryIn(directory, clock, recorder);
  const a = firing({}, clock.seconds);
  for (let i = 0; i < 26; i++) {
    delivery.update([a], clock.seconds);
    await clock.leap(3_600);
  }
  expect(lines.join("\n")).toContain("refused a notification for a day (no such channel)");
  // Once in each group interval.
  expect(recorder.attempts).toBeLessThan(26 * 12 + 2);
  recorder.outcome = { kind: "delivered" };
  await clock.pass(700);
  expect(recorder.texts).toEqual(["Test firing"]);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await clock.pass(301);
  expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
  await delivery.close();
});

test.each([false, true])(
  "if a repetition is refused for a day, the end of its alert is sent all the same; with a restart: %s",
  async (isRestarted) => {
    const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder("strict")];
    let delivery = deliveryIn(directory, clock, recorder);
    const a = firing({}, clock.seconds);
    delivery.update([a], clock.seconds);
    await clock.leap(3 * 3_600);
    recorder.outcome = { kind: "rejected", reason: "no such channel" };
    await clock.leap(17 * 3_600);
    delivery.update([resolved(a, clock.seconds)], clock.seconds);
    if (isRestarted) {
      await delivery.close();
      delivery = deliveryIn(directory, clock, recorder);
    }
    await clock.leap(10 * 3_600);
    recorder.outcome = { kind: "delivered" };
    await clock.pass(301);
    expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
    await delivery.close();
  },
);

test("the day of a refused notification begins with its first refusal, not with an outage before", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder("strict")];
  const delivery = deliveryIn(directory, clock, recorder);
  const a = firing({}, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.pass(31);
  recorder.outcome = { kind: "failed", reason: "away" };
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await clock.leap(26 * 3_600);
  recorder.outcome = { kind: "rejected", reason: "starting" };
  const before = recorder.attempts;
  await clock.pass(61);
  expect(recorder.attempts).toBe(before + 1);
  recorder.outcome = { kind: "delivered" };
  await clock.pass(301);
  expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
  await delivery.close();
});

test("the day of a refused notification goes on after a restart", async () => {
  const lines = logged();
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder("restarted")];
  recorder.outcome = { kind: "rejected", reason: "no such channel" };
  const a = firing({}, clock.seconds);
  for (let i = 0; i < 3; i++) {
    const delivery = deliveryIn(directory, clock, recorder);
    delivery.update([a], clock.seconds);
    expect(lines.join("\n")).not.toContain("for a day");
    await clock.leap(10 * 3_600);
    await delivery.close();
  }
  expect(lines.join("\n")).toContain("refused a notification for a day (no such channel)");
});
