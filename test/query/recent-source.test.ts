import { expect, test } from "vitest";
import { sampleSourceOf } from "../../src/query/given-source.ts";
import { type Reading, readingOf } from "../../src/query/reading.ts";
import { RecentSource } from "../../src/query/recent-source.ts";
import { type Catalogue, SampleSource } from "../../src/query/sample-source.ts";
import type { SampleSeries, Selection } from "../../src/query/source.ts";
import { isInMemory } from "./kit/is-in-memory.ts";

function series(name: string): SampleSeries {
  return { labels: { __name__: name }, times: new Float64Array([1]), values: new Float64Array([1]) };
}

class Recent extends SampleSource {
  readonly lastUnixMillis = 2_000;
  readonly #begin: number;

  constructor(begin: number) {
    super();
    this.#begin = begin;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map(() => readingOf([series("recent")]));
  }

  override catalogue(): Catalogue {
    return { ...super.catalogue(), beginUnixMillis: this.#begin };
  }
}

const ALL = sampleSourceOf({
  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select() {
    yield series("all");
  },
});

async function namesOf(source: RecentSource, from: number): Promise<readonly unknown[]> {
  const selection: Selection = { matchers: [], from, to: 2_000 };
  const names: unknown[] = [];
  for await (const { labels } of source.select(selection)) names.push(labels["__name__"]);
  return [...names, isInMemory(source, selection)];
}

test("recent samples are used if they reach back to the start, and otherwise all samples", async () => {
  const recent = new Recent(1_000);
  const source = new RecentSource({ recent: () => recent, all: () => ALL, older: () => ALL });
  expect(await namesOf(source, 1_000)).toEqual(["recent", true]);
  expect(await namesOf(source, 999)).toEqual(["all", false]);
});

test("recent samples that are all samples are always used", async () => {
  const recent = new Recent(1_000);
  const source = new RecentSource({ recent: () => recent, all: () => recent, older: () => undefined });
  expect(await namesOf(source, 0)).toEqual(["recent", true]);
});

test("a source without recent samples has all of them", async () => {
  const source = new RecentSource({ recent: () => undefined, all: () => ALL, older: () => ALL });
  expect(await namesOf(source, 5_000)).toEqual(["all", false]);
});
