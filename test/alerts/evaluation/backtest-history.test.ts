import { expect, test } from "vitest";
import { backtest } from "../../../src/alerts/evaluation/backtest.ts";
import { filledStore } from "../../history/query/filled-store.ts";
import { StoreSource } from "../../history/windows/store-source.ts";

test("an alert fires once for each of two processes that overlapped, also beyond the steps of one evaluation", async () => {
  const processOf = (id: string, from: number, to: number) => {
    const times = Array.from({ length: (to - from) / 10 }, (_, i) => (from + 10 * i) * 1_000);
    const resource = { "service.instance.id": id, "service.name": "shop" };
    return { resource, times, series: [{ metric: "waiting", cells: times.map(() => 7) }] };
  };
  const store = filledStore(processOf("a", 0, 5_000), processOf("b", 4_800, 7_000));
  const rule = { alert: "Waiting", expr: "waiting > 5" };
  const found = await backtest([{ name: "g", rules: [rule] }], new StoreSource(store), {
    from: 0,
    to: 6_900,
    interval: 1,
  });
  expect(found.map(({ labels, firedAt }) => [labels["service_instance_id"], firedAt])).toEqual([
    ["a", 0],
    ["b", 4_800],
  ]);
  store.close();
});
