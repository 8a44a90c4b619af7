// Sources that never settle: an evaluation ends after its time limit, and the others follow.
import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";

// The time limit of an evaluation is by the global timers, which the tests turn.
vi.mock("../../../src/io/timeout.ts", async (original) => ({
  ...(await original<object>()),
  realSetTimeout: (task: () => void, millis: number) => setTimeout(task, millis),
  realClearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
});

/** An engine over a source with the value 1 of each metric, which hangs at some selections. */
function engineThatHangs(
  rules: readonly RuleGroup[],
  hangsAt: (metric: string, selection: number) => boolean,
) {
  let selections = 0;
  const source = sampleSourceOf({
    async *select({ matchers, to }) {
      const name = matchers[0]?.value ?? "";
      if (hangsAt(name, ++selections)) await new Promise(() => {});
      yield { labels: { __name__: name }, times: Float64Array.of(to), values: Float64Array.of(1) };
    },
  });
  const { groups } = checkGroups("test", rules);
  const evaluated: string[] = [];
  const engine = new RuleEngine({ groups, source, intervalMillis: 1_000 });
  const evaluate = (i: number, timeMillis: number): Promise<void> =>
    engine.evaluate(groups[i], timeMillis).then(() => void evaluated.push(groups[i]?.name ?? ""));
  const passes = async (millis: number): Promise<void> => {
    // Until the work waits for the source.
    for (let i = 0; i < 50; i++) await turn();
    await vi.advanceTimersByTimeAsync(millis);
    for (let i = 0; i < 50; i++) await turn();
  };
  return { engine, evaluated, evaluate, passes };
}

test("a group with a long interval over a source that never settles holds the others for two minutes", async () => {
  const { evaluated, evaluate, passes } = engineThatHangs(
    [
      { name: "hourly", interval: "1h", rules: [{ alert: "A", expr: "stalled > 0" }] },
      { name: "quick", interval: "1s", rules: [{ alert: "B", expr: "x > 0" }] },
    ],
    (metric) => metric === "stalled",
  );
  void evaluate(0, 60_000);
  void evaluate(1, 60_000);
  await passes(119_000);
  expect(evaluated).toEqual([]);
  await passes(1_000);
  expect(evaluated).toEqual(["hourly", "quick"]);
});

test.each([
  ["an alert", { alert: "A", expr: "x > 0" }],
  ["a recorded series", { record: "r", expr: "x" }],
])("a source that never settles when the data of %s are searched ends one evaluation", async (_, rule) => {
  const { engine, evaluated, evaluate, passes } = engineThatHangs(
    [{ name: "g", rules: [rule] }],
    (__, selection) => selection === 2,
  );
  void evaluate(0, 60_000);
  void evaluate(0, 61_000);
  await passes(9_000);
  expect(evaluated).toEqual([]);
  await passes(1_000);
  expect(evaluated).toEqual(["g", "g"]);
  await engine.end();
});

test("a source that never settles when missing data are searched ends one evaluation", async () => {
  const { engine, evaluated, evaluate, passes } = engineThatHangs(
    [{ name: "g", rules: [{ alert: "A", expr: "x > (time() > bool 90)" }] }],
    // The second evaluation has no result.
    (__, selection) => selection === 4,
  );
  await evaluate(0, 60_000);
  void evaluate(0, 100_000);
  void evaluate(0, 101_000);
  await passes(9_000);
  expect(evaluated).toEqual(["g"]);
  await passes(1_000);
  expect(evaluated).toEqual(["g", "g", "g"]);
  expect(engine.active()).toEqual([]);
  await engine.end();
});
