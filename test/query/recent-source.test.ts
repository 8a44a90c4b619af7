import { expect, test } from "vitest";
import type { CapableSource } from "../../src/query/capable-source.ts";
import { RecentSource } from "../../src/query/recent-source.ts";
import type { RecentSamples } from "../../src/query/remembered-samples.ts";
import type { SampleSeries, Selection } from "../../src/query/source.ts";

function series(name: string): SampleSeries {
  return { labels: { __name__: name }, times: new Float64Array([1]), values: new Float64Array([1]) };
}

function recentFrom(begin: number): RecentSamples {
  return {
    beginUnixMillis: begin,
    lastUnixMillis: 2_000,
    // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
    async *select() {
      yield series("recent");
    },
    inMemory: () => ({
      // oxlint-disable-next-line require-yield -- the series are there at once.
      *select() {
        return [series("recent")];
      },
    }),
  };
}

const ALL: CapableSource = {
  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select() {
    yield series("all");
  },
};

async function namesOf(source: RecentSource, from: number): Promise<readonly unknown[]> {
  const selection: Selection = { matchers: [], from, to: 2_000 };
  const names: unknown[] = [];
  for await (const { labels } of source.select(selection)) names.push(labels["__name__"]);
  return [...names, source.inMemory([selection]) !== undefined];
}

test("recent samples are used if they reach back to the start, and otherwise all samples", async () => {
  const recent = recentFrom(1_000);
  const source = new RecentSource({ recent: () => recent, all: () => ALL, older: () => ALL });
  expect(await namesOf(source, 1_000)).toEqual(["recent", true]);
  expect(await namesOf(source, 999)).toEqual(["all", false]);
});

test("recent samples that are all samples are always used", async () => {
  const recent = recentFrom(1_000);
  const source = new RecentSource({ recent: () => recent, all: () => recent, older: () => undefined });
  expect(await namesOf(source, 0)).toEqual(["recent", true]);
});

test("a source without recent samples has all of them", async () => {
  const source = new RecentSource({ recent: () => undefined, all: () => ALL, older: () => ALL });
  expect(await namesOf(source, 5_000)).toEqual(["all", false]);
});
