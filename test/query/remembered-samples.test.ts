import fc from "fast-check";
import { expect, test } from "vitest";
import { prepare, type Prepared } from "../../src/query/evaluation/prepared.ts";
import { JoinedSource } from "../../src/query/joined-source.ts";
import { RecentSource } from "../../src/query/recent-source.ts";
import { type RecentSamples, RememberedSamples } from "../../src/query/remembered-samples.ts";
import type { QueryResult } from "../../src/query/result.ts";
import { GivenSource, sampleSourceOf } from "../../src/query/given-source.ts";
import { awaited, filtered, type Reading } from "../../src/query/reading.ts";
import { type Catalogue, SampleSource } from "../../src/query/sample-source.ts";
import type { SampleSeries, Selection } from "../../src/query/source.ts";
import { isInMemory } from "./kit/is-in-memory.ts";
import { labelsTest } from "../../src/query/evaluation/matchers.ts";
import { nextTurn } from "../../src/io/yield.ts";
import { runs } from "../kit/test-length.ts";

const STEP = 60_000;
// Collections of the process before, and of the running one.
const BEFORE = 100;
const AFTER = 60;
// Collections that the older source has not stored yet.
const LAG = 2;

interface Course {
  readonly name: string;
  readonly id: string;
  /** Values by collection; `undefined` if the series is absent. */
  readonly values: readonly (number | undefined)[];
}

/** Samples in memory of the collections from {@link BEFORE} on. */
class Recent extends SampleSource {
  readonly #selected: (selection: Selection) => readonly SampleSeries[];
  readonly #now: () => number;

  constructor(selected: (selection: Selection) => readonly SampleSeries[], now: () => number) {
    super();
    this.#selected = selected;
    this.#now = now;
  }

  get lastUnixMillis(): number {
    return this.#now() * STEP;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.#read(selection));
  }

  override catalogue(): Catalogue {
    return { ...super.catalogue(), beginUnixMillis: BEFORE * STEP };
  }

  *#read(selection: Selection): Reading<SampleSeries> {
    yield;
    yield this.#selected(selection);
  }
}

/** Both sources at a time that moves on. The running process has samples from collection {@link BEFORE} on. */
class Application {
  now = BEFORE;
  /** Number of selections from the older source, and of those under way. */
  selections = 0;
  active = 0;
  readonly older: SampleSource;
  readonly recent: RecentSamples;
  readonly both: RecentSource;
  readonly #courses: readonly Course[];
  readonly #labels: readonly SampleSeries["labels"][];

  constructor(courses: readonly Course[]) {
    this.#courses = courses;
    this.#labels = courses.map(({ name, id }) => ({ __name__: name, id }));
    const select = (selection: Selection): AsyncGenerator<SampleSeries> => this.#stored(selection);
    this.older = sampleSourceOf({ select });
    const now = (): number => this.now;
    const live = (selection: Selection): readonly SampleSeries[] =>
      this.#selected(selection, BEFORE, this.now);
    this.recent = new Recent(live, now);
    const joined = new JoinedSource(this.older, this.recent);
    this.both = new RecentSource({
      recent: () => this.recent,
      all: () => joined,
      older: () => this.older,
    });
  }

  /** Resolves once what was selected from the older source is remembered. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 30; quiet++) {
      await nextTurn();
      if (this.active > 0) quiet = 0;
    }
  }

  async *#stored(selection: Selection): AsyncGenerator<SampleSeries> {
    this.selections++;
    this.active++;
    await nextTurn();
    yield* this.#selected(selection, 0, Math.max(BEFORE - 1, this.now - LAG));
    this.active--;
  }

  #selected({ matchers, from, to }: Selection, first: number, last: number): readonly SampleSeries[] {
    const holds = labelsTest(matchers);
    return this.#courses.flatMap(({ values }, i) => {
      const labels = this.#labels[i] ?? {};
      const [times, samples, stale] = [new Array<number>(), new Array<number>(), new Array<number>()];
      for (let at = first; at <= last; at++) {
        const value = values[at];
        const isPresent = value !== undefined;
        if (at * STEP < from || at * STEP > to) continue;
        if (!isPresent && (at === first || values[at - 1] === undefined)) continue;
        times.push(at * STEP);
        samples.push(value ?? Number.NaN);
        stale.push(isPresent ? 0 : 1);
      }
      if (times.length === 0 || !holds(labels)) return [];
      const columns = { times: Float64Array.from(times), values: Float64Array.from(samples) };
      return [{ labels, ...columns, ...(stale.includes(1) && { stale: Uint8Array.from(stale) }) }];
    });
  }
}

// As a group of rules does.
async function evaluated(rule: Prepared, source: RecentSource, time: number): Promise<QueryResult> {
  await source.catalogue().ready(rule.selectionsAt(time));
  return rule.at(source, time);
}

// The order of series without a sort has no meaning.
function byLabels(result: QueryResult): readonly string[] {
  if (result.kind !== "vector") throw new Error(`expected a vector, got ${result.kind}`);
  return result.series.map((series) => JSON.stringify(series)).toSorted();
}

// A series that the running process does not begin with had ended before.
const course = fc
  .record({
    name: fc.constantFrom("a", "b"),
    id: fc.constantFrom("1", "2", "3"),
    steps: fc.array(fc.record({ isPresent: fc.boolean(), rise: fc.integer({ min: -3, max: 9 }) }), {
      minLength: 12,
      maxLength: 12,
    }),
  })
  .map(({ name, id, steps }): Course => {
    let value = 0;
    const values = Array.from({ length: BEFORE + AFTER }, (_, i) => {
      const { isPresent, rise } = steps[Math.floor((i * steps.length) / (BEFORE + AFTER))]!;
      value = Math.max(0, value + rise);
      return isPresent ? value : undefined;
    });
    if (values[BEFORE] === undefined) values[BEFORE - 1] = undefined;
    return { name, id, values };
  });
const courses = fc.uniqueArray(course, { maxLength: 6, selector: ({ name, id }) => name + id });

const EXPRESSIONS = [
  "a",
  "sum by (id) (rate(a[40m])) / on(id) sum by (id) (rate(a[80m]))",
  "increase(b[100m]) and a",
  "count_over_time(b[20m] offset 70m)",
  'max_over_time(a{id!="2"}[10m]) - min_over_time(a{id!="2"}[10m] offset 10m)',
  "absent(a) or b offset 5m",
  "count by (__name__) (last_over_time({__name__=~'a|b'}[88m]))",
];

test("rules over remembered samples have the results of rules over both sources", async () => {
  const property = fc.asyncProperty(courses, async (all) => {
    const application = new Application(all);
    const { older, recent, both } = application;
    const rules = EXPRESSIONS.map((text) => prepare(text));
    for (; application.now < BEFORE + AFTER; application.now += 3) {
      const time = application.now * STEP + 5_000;
      for (const rule of rules) {
        const expected = await rule.at(new JoinedSource(older, recent), time);
        expect(byLabels(await evaluated(rule, both, time))).toEqual(byLabels(expected));
        for (const each of rule.selectionsAt(time)) expect(isInMemory(both, each)).toBe(true);
      }
      await application.settled();
    }
  });
  await fc.assert(property, { numRuns: runs(12) });
});

function counter(id: string, from: number, to: number): Course {
  const values = Array.from({ length: BEFORE + AFTER }, (_, i) => (i >= from && i < to ? i : undefined));
  return { name: "a", id, values };
}

test("older samples are in memory from the first evaluation on, and recent ones are selected again each five minutes", async () => {
  const application = new Application([counter("1", 0, BEFORE + AFTER)]);
  const rule = prepare("increase(a[90m]) + increase(a[10m] offset 70m)");
  for (; application.now < BEFORE + 50; application.now++) {
    const result = await evaluated(rule, application.both, application.now * STEP);
    expect(result).toMatchObject({ series: [{ labels: { id: "1" } }] });
    await application.settled();
  }
  // The samples of the other selection are an hour old.
  expect(application.selections).toBe(1 + 9 + 1);
});

test("series that only the older source continues are selected again each minute", async () => {
  const application = new Application([counter("1", 0, BEFORE + AFTER), counter("2", 0, BEFORE + AFTER)]);
  const { recent } = application;
  // A process beside this one writes the second series.
  const all = recent.read.bind(recent);
  Object.assign(recent, {
    read: (selections: readonly Selection[]) =>
      all(selections).map((reading) => filtered(reading, ({ labels }) => labels["id"] === "1")),
  });
  const rule = prepare("timestamp(a) and increase(a[80m]) > 0");
  const ages: number[] = [];
  for (; application.now < BEFORE + 40; application.now++) {
    const result = await evaluated(rule, application.both, application.now * STEP);
    if (result.kind !== "vector") throw new Error(`expected a vector, got ${result.kind}`);
    const found = result.series.find(({ labels }) => labels["id"] === "2");
    ages.push(application.now - Number(found?.value) / 60);
    await application.settled();
  }
  // One minute, and the collections that are not stored yet.
  expect(Math.max(...ages)).toBeLessThanOrEqual(1 + LAG);
});

test("a selection with histograms or too many samples is evaluated over both sources", async () => {
  const histogram = {
    schema: 0,
    count: 1,
    sum: 1,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: { offset: 0, counts: new Float64Array([1]) },
    negative: { offset: 0, counts: new Float64Array(0) },
    resetHint: "unknown",
  } as const;
  const times = Float64Array.from({ length: BEFORE }, (_, i) => i * STEP);
  const histograms = Array.from(times, () => histogram);
  const many = Float64Array.from({ length: 1_000_001 }, (_, i) => (i * BEFORE * STEP) / 1_000_001);
  for (const all of [
    [{ labels: { __name__: "h" }, times, values: new Float64Array(BEFORE), histograms }],
    [{ labels: { __name__: "h" }, times: many.map(Math.round), values: many }],
  ]) {
    const application = new Application([]);
    const { recent } = application;
    // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
    const older = sampleSourceOf({
      async *select() {
        yield* all;
      },
    });
    const joined = new JoinedSource(older, recent);
    const both = new RecentSource({ recent: () => recent, all: () => joined, older: () => older });
    const rule = prepare("sum(count_over_time(h[20m]))");
    for (let i = 0; i < 4; i++) {
      expect(await evaluated(rule, both, application.now * STEP)).toMatchObject({ series: [{ labels: {} }] });
      await application.settled();
      const matchers = [{ label: "__name__", operator: "=", value: "h" }] as const;
      expect(isInMemory(both, { matchers, from: 0, to: application.now * STEP })).toBe(false);
    }
  }
});

test("the memory of each series counts, so that many short series are not remembered", async () => {
  const isRemembered = async (count: number): Promise<boolean> => {
    const { recent } = new Application([]);
    const now = recent.lastUnixMillis;
    const older = sampleSourceOf({
      // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
      async *select() {
        for (let i = 0; i < count; i++)
          yield {
            labels: { __name__: "m", id: String(i) },
            times: Float64Array.of(now - 20_000, now - 10_000),
            values: Float64Array.of(1, 2),
          };
      },
    });
    const remembered = new RememberedSamples(recent, () => older);
    const matchers = [{ label: "__name__", operator: "=", value: "m" }] as const;
    const selection = { matchers, from: now - 60_000, to: now };
    expect(remembered.has(selection)).toBe(false);
    await remembered.load([selection]);
    return remembered.has(selection);
  };
  expect(await isRemembered(1_000)).toBe(true);
  expect(await isRemembered(20_000)).toBe(false);
});

test("selections are loaded in one request, and one that fails is alone in it", async () => {
  const application = new Application([counter("1", 0, BEFORE + AFTER)]);
  const { recent, older } = application;
  const requests: number[] = [];
  const names = ["a", "fails", "b"];
  const batches = new Batches((selections) => {
    requests.push(selections.length);
    return nextTurn();
  });
  const both = new RecentSource({
    recent: () => recent,
    all: () => new JoinedSource(older, recent),
    older: () => batches,
  });
  const time = application.now * STEP;
  const selections = names.flatMap((name) => prepare(`${name}[90m]`).selectionsAt(time));
  await both.catalogue().ready(selections);
  expect(requests).toEqual([3]);
  expect(selections.map((each) => isInMemory(both, each))).toEqual([true, false, true]);
  await both.catalogue().ready(selections);
  expect(requests).toEqual([3, 1]);
});

test("before the first collection, and if a source fails, nothing is loaded", async () => {
  const application = new Application([]);
  const { recent, older } = application;
  const both = new RecentSource({
    recent: () => Object.assign(recent, { catalogue: () => new GivenSource(recent).catalogue() }),
    all: () => new GivenSource(older, { ready: () => Promise.reject(new Error("no disk")) }),
    older: () => older,
  });
  await both.catalogue().ready(prepare("a[90m]").selectionsAt(application.now * STEP));
  expect(application.selections).toBe(0);
});

/** Makes all selections in one request; that of the name `fails` fails. */
class Batches extends SampleSource {
  readonly #ask: (selections: readonly Selection[]) => Promise<void>;

  constructor(ask: (selections: readonly Selection[]) => Promise<void>) {
    super();
    this.#ask = ask;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    const asked = this.#ask(selections);
    return selections.map((selection) => read(asked, selection));
  }
}

function* read(asked: Promise<void>, { matchers }: Selection): Reading<SampleSeries> {
  yield* awaited(asked);
  if (matchers[0]?.value === "fails") throw new Error("too many samples");
  yield [{ labels: { __name__: "a" }, times: Float64Array.of(0), values: Float64Array.of(1) }];
}
