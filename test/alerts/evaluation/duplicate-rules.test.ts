import { expect, onTestFinished, test } from "vitest";
import { CorrelatedAlerts, type EvaluationTimes } from "../../../src/alerts/correlated-alerts.ts";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import { listening } from "../../kit/listening.ts";
import { TurnedClock } from "../delivery/turned-clock.ts";
import { engineOver } from "./engine-over.ts";

test("two rules of one name and labels that write different values of a series are an error of the second one", async () => {
  const rules = [
    { record: "r", expr: "x" },
    { record: "r", expr: "y" },
    { record: "r", expr: "x" },
  ];
  const { run, rows, engine } = engineOver([{ name: "g", rules }], {
    'x{i="1"}': "1 1 _",
    'y{i="1"}': "_ 2 2",
    'y{i="2"}': "3 3 3",
  });
  const errors = (): unknown[] =>
    engine.groups().flatMap(({ rules: each }) => each.map(({ health, lastError }) => lastError ?? health));
  await run(0, 0);
  expect(errors()).toEqual(["ok", "ok", "ok"]);
  await run(1, 1);
  expect(errors()).toEqual([
    "ok",
    "series must have one value at a time, got 1 with another one than an earlier rule's, such as { __name__: 'r', i: '1' }; rename a rule, or add a label",
    "ok",
  ]);
  expect(await rows("r", 1)).toEqual(["__name__=r,i=1 1", "__name__=r,i=2 3"]);
  await run(2, 2);
  expect(await rows("r", 2)).toEqual(["__name__=r,i=1 1", "__name__=r,i=2 3"]);
  await run(3, 8);
  expect(errors()).toEqual(["ok", "ok", "ok"]);
});

test("alerts of two rules of one name and labels fire, also if their starts are one series with two values", async () => {
  const rules = ["x > 0", "y > 0"].map((expr) => ({ alert: "A", expr }));
  const groups = [{ name: "g", rules }];
  const { run, reports, engine, groups: checked } = engineOver(groups, { x: "1x9", y: "_ 1 1 0x9" });
  await run(0, 1);
  expect(engine.groups()[0]?.rules[1]?.lastError).toContain("ALERTS_FOR_STATE");
  expect(reports.at(-1)?.alerts).toMatchObject([{ state: "firing", firedAt: 0 }]);
  // A reload keeps the state of both.
  await engine.replace(checked.map((each) => ({ ...each })));
  expect(engine.active().map(({ activeAt }) => activeAt)).toEqual([0, 60]);
  await run(2, 4);
  expect(engine.groups()[0]?.rules[1]?.health).toBe("ok");
  expect(reports.at(-1)?.alerts.map(({ state }) => state)).toEqual(["firing"]);
});

test("an alert of two rules is correlated once, and sent to an Alertmanager once a minute", async () => {
  let [correlations, requests] = [0, 0];
  const url = await listening((request, response) => {
    requests++;
    request.resume();
    response.end();
  });
  const clock = new TurnedClock();
  const delivery = new AlertDelivery({ receivers: [{ type: "alertmanager", url }] }, { clock });
  onTestFinished(() => delivery.close());
  const deliver = (alerts: readonly Alert[], { timeSeconds, intervalSeconds }: EvaluationTimes): void =>
    delivery.update(alerts, timeSeconds, intervalSeconds);
  const correlated = new CorrelatedAlerts({
    correlate: async () => {
      correlations++;
      return { correlated: [], text: "y up" };
    },
    metricsOf: () => [],
    deliver,
    onLate: () => {},
  });
  const rules = ["x > 0", "y > 0"].map((expr, i) => ({ name: `g${i}`, rules: [{ alert: "A", expr }] }));
  const { engine } = engineOver(
    rules,
    { x: "1x4 0x9", y: "_ 1x5 0x9" },
    {
      onEvaluated: (alerts, timeSeconds, intervalSeconds) => {
        const evaluation = { timeSeconds, intervalSeconds };
        deliver(correlated.pass(alerts, evaluation), evaluation);
      },
    },
  );
  const requestsUntil = async (from: number, to: number): Promise<number> => {
    const before = requests;
    for (let seconds = from; seconds < to; seconds += 15) {
      await engine.evaluate(undefined, seconds * 1_000);
      await clock.pass(1);
      await delivery.updated();
      await delivery.flush();
    }
    return requests - before;
  };
  expect(await requestsUntil(0, 150)).toBe(3);
  expect(correlations).toBe(1);
  // The rules end after five and after seven minutes.
  await requestsUntil(150, 480);
  expect(await requestsUntil(480, 720)).toBe(4);
});
