import { AggregationType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { EXPLICIT_CELLS } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { mergeInto } from "../../../src/group/merge/group-merge.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { TestMember } from "../members.ts";

test("each series is complete between the steps of a refresh, and after a member has ended", () => {
  const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: "exponential", aggregation: exponential }];
  const reader = new OpenReader();
  const merge = mergeInto(new MeterProvider({ views, readers: [reader] }));
  const members = [1, 2, 3].map((slot) => new TestMember(slot, { views }));
  for (const { merged } of members) merge.add(merged);
  const record = (): void => {
    for (const { provider } of members)
      for (const name of ["explicit", "exponential"])
        for (let series = 0; series < 300; series++)
          provider.getMeter("any").createHistogram(name).record(1, { series });
  };
  const check = (): number => {
    let total = 0;
    for (const { series } of reader.producer.collectSync().metrics)
      series.visit(0, series.length, {
        series: (cells, offset) => {
          const count = cells[offset + EXPLICIT_CELLS.count]!;
          // All values are 1. The sum of an exponential histogram is at the same place.
          expect(cells[offset + EXPLICIT_CELLS.sum]).toBe(count);
          total += count;
        },
      });
    return total;
  };
  record();
  check();
  for (let round = 0; round < 3; round++) {
    record();
    const { metrics } = reader.producer.collectSync();
    record();
    for (const _ of merge.refresh(Date.now()))
      for (const { series } of metrics)
        series.visit(0, series.length, {
          series: (cells, offset) =>
            expect(cells[offset + EXPLICIT_CELLS.sum]).toBe(cells[offset + EXPLICIT_CELLS.count]!),
        });
  }
  record();
  const { metrics } = reader.producer.collectSync();
  record();
  merge.leave(members[0]!.merged);
  for (const { series } of metrics)
    series.visit(0, series.length, {
      series: (cells, offset) =>
        expect(cells[offset + EXPLICIT_CELLS.sum]).toBe(cells[offset + EXPLICIT_CELLS.count]!),
    });
  expect(check()).toBe(9 * 3 * 2 * 300);
});
