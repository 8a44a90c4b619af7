// A group interval above 24.8 days made its timer fire again and again, and its alerts were resolved after a day.
import { expect, onTestFinished, test, vi } from "vitest";
import { AlertDelivery } from "../../src/alerts/delivery/index.ts";
import { firing } from "../alerts/delivery/alerts-of.ts";
import { Recorder } from "../alerts/delivery/recorder.ts";
import { TurnedClock } from "../alerts/delivery/turned-clock.ts";
import { engineOver } from "../alerts/evaluation/engine-over.ts";

test("no timer of a group with a long interval is longer than Node allows", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  const { engine, run, states } = engineOver(
    [{ name: "g", interval: "400d", rules: [{ alert: "A", expr: "x > 0" }] }],
    { x: "1x9" },
  );
  engine.start();
  await run(0, 0);
  await engine.end();
  expect(warn).not.toHaveBeenCalled();
  expect(states()).toEqual(["firing alertname=A"]);
});

test("an alert of a group with a long interval is not lost between two evaluations", async () => {
  const [clock, recorder] = [new TurnedClock(), new Recorder()];
  const delivery = new AlertDelivery({ receivers: [] }, { clock, receivers: [recorder] });
  onTestFinished(() => delivery.close());
  delivery.update([firing({}, clock.seconds)], clock.seconds, 7 * 86_400);
  for (let i = 0; i < 400; i++) {
    await clock.leap(300);
    delivery.update([], clock.seconds);
  }
  expect(recorder.texts).not.toContain("Test resolved");
});
