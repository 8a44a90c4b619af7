import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { History } from "../../../src/history/index.ts";
import { RecordedHistory } from "../../../src/history/parts.ts";
import { Store } from "../../../src/history/store/index.ts";
import type { Labels } from "../../../src/query/source.ts";
import { query } from "../../../src/query/index.ts";
import { newFolder } from "../../kit/new-folder.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
// Older data would be removed. A multiple of two minutes.
const START = (Math.floor(Date.now() / MINUTE / 2) * 2 - 6 * 60) * MINUTE;

/** An application with rules over its history, started at `sinceUnixMillis`. */
async function application(
  path: string,
  groups: readonly RuleGroup[],
  sinceUnixMillis: number,
  instance: string,
) {
  const history = await History.open({ path });
  onTestFinished(() => history.close());
  const resource = { "service.name": "shop", "service.instance.id": instance };
  const own = { instance, service: "shop", sinceUnixMillis, isAlone: true };
  const checked = checkGroups("test", groups);
  expect(checked.problems).toEqual([]);
  const engine = new RuleEngine({
    groups: checked.groups,
    source: storeOf(history).viewed({ own }),
    intervalMillis: MINUTE,
    recorded: { store: new RecordedHistory(storeOf(history), () => resource) },
  });
  return {
    async run(from: number, to: number): Promise<void> {
      for (let time = from; time <= to; time += MINUTE) await engine.evaluate(undefined, time);
    },
    async rows(expression: string, time: number): Promise<readonly string[]> {
      const result = await query(expression, { source: engine.source, time: time / 1_000 });
      if (result.kind !== "vector") throw new Error(`the result must be a vector, got ${result.kind}`);
      return result.series
        .map(({ labels, value }) => `${JSON.stringify(labels)} ${JSON.stringify(value)}`)
        .toSorted();
    },
    async close(): Promise<void> {
      await engine.end();
      await history.close();
    },
  };
}

test("series of rules reach back as far as the history, and go on after a restart", async () => {
  const path = join(newFolder("history"), "history.db");
  const groups = [
    {
      name: "g",
      rules: [
        { record: "z:copy", expr: "vector(time())", labels: { größe: "1", job: "a" } },
        { alert: "Long", expr: "count_over_time(z:copy[3h]) > 170" },
        { alert: "Even", expr: "vector(time() / 60 % 2) == 0" },
      ],
    },
  ];
  const first = await application(path, groups, START, "first");
  await first.run(START, START + 2 * HOUR);
  expect(await first.rows("count_over_time(z:copy[3h])", START + 2 * HOUR)).toEqual([
    '{"größe":"1","job":"a"} 121',
  ]);
  await first.close();
  const again = START + 2 * HOUR + 2 * MINUTE;
  const second = await application(path, groups, again, "second");
  const end = START + 5 * HOUR;
  await second.run(again, end);
  // The minute of the restart is missing, and the first sample is outside of the range.
  expect(await second.rows("count_over_time(z:copy[5h])", end)).toEqual(['{"größe":"1","job":"a"} 299']);
  // The range begins at the last sample before the restart, without it.
  expect(await second.rows("max_over_time(z:copy[3h:1m]) - min_over_time(z:copy[3h])", end)).toEqual([
    `{"größe":"1","job":"a"} ${178 * 60}`,
  ]);
  expect(await second.rows('count_over_time(ALERTS{alertname="Even"}[5h])', end)).toEqual([
    '{"alertname":"Even","alertstate":"firing"} 150',
  ]);
  expect(await second.rows('ALERTS{alertname="Long"}', end)).toHaveLength(1);
});

test("a sample is stored after the store forgot the descriptions because another group has many series", async () => {
  const store = Store.open({ path: ":memory:", intervalMillis: MINUTE, now: () => START });
  onTestFinished(() => store.close());
  const recorded = new RecordedHistory({ appendCollection: async (each) => store.append(each) }, () => ({}));
  const calm: Labels = { __name__: "calm" };
  let next = 0;
  const time = Math.ceil(START / HOUR) * HOUR;
  const evaluate = async (at: number): Promise<void> => {
    const busy = Array.from({ length: 100 }, (): [Labels, number] => [
      { __name__: "busy", id: String(next++) },
      1,
    ]);
    recorded.append(at, busy);
    await new Promise(setImmediate);
  };
  for (let i = 1; i <= 105; i++) await evaluate(time + i * 1_000);
  recorded.append(time + MINUTE * 2, [[calm, 1]]);
  // The store forgets in the next hour.
  await evaluate(time + HOUR + MINUTE);
  recorded.append(time + HOUR + 2 * MINUTE, [[calm, 2]]);
  await new Promise(setImmediate);
  const ids = store.find("calm").flatMap(({ id }) => store.series(id).map((series) => series.id));
  const counts = [...store.read(ids, -Infinity, Infinity)].map((block) => block.times().length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
});
