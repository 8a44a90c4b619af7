// Stored series under the names of a Prometheus reader, beside the live ones of the same collections.
import { join } from "node:path";
import { History } from "tachymeter/history";
import { AggregationType, type MeterProvider } from "tachymeter/metrics";
import { beforeAll, expect, test } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { select, selectLabels } from "../../../src/history/select/select.ts";
import { metadataOf } from "../../../src/history/select/viewed-history.ts";
import { itemsOf } from "../../../src/query/reading.ts";
import { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { Labels, Matcher, Source } from "../../../src/query/source.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import type { TranslationSettings } from "../../../src/translation/strategy.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../filled-history.ts";
import { gathered } from "../gathered.ts";
import { filledStore, type GivenProcess } from "../query/filled-store.ts";

const SETTINGS: readonly TranslationSettings[] = [
  {},
  { prefix: "shop" },
  { prefix: "1" },
  { scopeLabels: false },
  { targetInfo: false },
  { counterSuffix: false },
  { resourceLabels: /^service\.name$/ },
  { strategy: "UnderscoreEscapingWithoutSuffixes" },
  { strategy: "NoUTF8EscapingWithSuffixes", prefix: "a" },
  { strategy: "NoTranslation", scopeLabels: false },
];
const [BEGIN, END] = [1_700_000_000, 1_700_000_060];

let path: string;
const live = new Map<TranslationSettings, LiveColumns>();

beforeAll(async () => {
  path = join(newFolder("view"), "tachymeter.db");
  const reader = new SnapshotReader();
  for (const settings of SETTINGS)
    live.set(settings, new LiveColumns({ maxBytes: 64 * 1024 ** 2, translation: settings }));
  const collected = async (): Promise<void> => {
    for (const columns of live.values())
      await reader.collected((collection) => {
        for (const _ of columns.append(collection));
      });
  };
  const views = [{ instrumentName: "native", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }];
  await fillHistory({ path, from: BEGIN, to: END, interval: 15, record, views, reader, collected });
});

function record(provider: MeterProvider): () => void {
  const meter = provider.getMeter("shop.meter", "1.2", { schemaUrl: "https://example.org/schema" });
  const requests = meter.createCounter("http.requests");
  const size = meter.createHistogram("body.size", { unit: "By", description: "Size of bodies." });
  const native = meter.createHistogram("native", { unit: "s" });
  const open = meter.createUpDownCounter("open.doors", { unit: "1" });
  const full = meter.createGauge("fullness", { unit: "1" });
  const named = provider.getMeter("tachymeter.collector").createCounter("my_jobs");
  return () => {
    requests.add(1, { "http.route": "/", le: "x" });
    size.record(100, { "http.route": "/", le: "x" });
    native.record(1.5);
    open.add(1);
    full.record(0.5, { "a.b": "1", a_b: "2" });
    named.add(1);
  };
}

test.each(SETTINGS)(
  "names, labels and metadata are those of the live series with settings %j",
  async (settings) => {
    const history = await History.open({ path, readOnly: true });
    const viewed = storeOf(history).viewed({ translation: settings });
    const expected = live.get(settings);
    const all = { matchers: [], from: BEGIN * 1_000, to: END * 1_000 };
    const own = textsOf(await gathered(selectedLabels(viewed, all)));
    expect(own).toEqual(textsOf(await gathered(selectedLabels(expected, all))));
    expect(own.length).toBeGreaterThan(10);
    expect(textsOf(await gathered(itemsOf(viewed.labels(all))))).toEqual(own);
    const names = (found: readonly { readonly name: string }[] = []): unknown =>
      found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(names(await viewed.metadata())).toEqual(names(await expected?.metadata()));
    await history.close();
  },
);

test("several selections at once have the series of each", async () => {
  await using history = await History.open({ path, readOnly: true });
  const viewed = storeOf(history).viewed({ translation: { prefix: "shop" } });
  const range = { from: BEGIN * 1_000, to: END * 1_000 };
  const selections = ["shop_http_requests_total", "unknown", "shop_native_seconds"].map((name) => ({
    matchers: [named(name)],
    ...range,
  }));
  const each = await Promise.all(selections.map((selection) => gathered(viewed.select(selection))));
  expect(each.map(({ length }) => length > 0)).toEqual([true, false, true]);
  const together = viewed.read(selections).map((reading) => gathered(itemsOf(reading)));
  expect(await Promise.all(together)).toEqual(each);
});

test("target_info has a sample for each collection of each process", () => {
  const store = filledStore(
    { ...processOf("a", [0, 10_000, 20_000]), resource: { "service.instance.id": "a", "host.name": "h" } },
    processOf("b", [30_000, 40_000, 50_000]),
  );
  const found = select(store, { matchers: [named("target_info")], from: 0, to: 50_000 }).series;
  expect(
    found.map(({ labels, samples }) => [labels, [...(samples?.times ?? [])], samples?.stale?.at(-1)]),
  ).toEqual([
    [
      { __name__: "target_info", host_name: "h", service_instance_id: "a" },
      // A marker one interval after the last collection.
      [0, 10_000, 20_000, 30_000],
      1,
    ],
    [{ __name__: "target_info", service_instance_id: "b" }, [30_000, 40_000, 50_000], undefined],
  ]);
});

test("target_info goes on after the oldest series of a process ended", () => {
  const store = filledStore({
    resource: { "service.instance.id": "a" },
    times: [10_000, 20_000, 30_000, 40_000],
    series: [
      { type: "counter", metric: "first", start: 5_000, cells: [1, 2] },
      { type: "counter", metric: "second", start: 6_000, cells: [1, 2, 3, 4] },
    ],
  });
  const { series } = select(store, { matchers: [named("target_info")], from: 0, to: 50_000 });
  expect([...(series[0]?.samples?.times ?? [])]).toEqual([10_000, 20_000, 30_000, 40_000]);
});

const named = (value: string): Matcher => ({ label: "__name__", operator: "=", value });

function processOf(instance: string, times: readonly number[], service?: string): GivenProcess {
  return {
    resource: {
      "service.instance.id": instance,
      ...(service !== undefined && { "service.name": service }),
    },
    times,
    series: [{ type: "counter", metric: "m", cells: times.map((time) => time / 1_000) }],
  };
}

function instancesOf(processes: readonly GivenProcess[], sinceUnixMillis: number): readonly string[] {
  const selection = {
    matchers: [named("m_total")],
    from: 0,
    to: 1e6,
    view: { own: { instance: "own", service: "", sinceUnixMillis } },
  };
  const { series } = select(filledStore(...processes), selection);
  const labels = selectLabels(filledStore(...processes), selection);
  expect(textsOf(labels)).toEqual(textsOf(series.map((each) => each.labels)));
  return series.map(({ labels: { service_instance_id = "" } }) => service_instance_id).toSorted();
}

test("the series of the querying process have no service_instance_id, and those of another at the same time have it", () => {
  const times = [0, 10_000, 20_000];
  expect(instancesOf([processOf("own", times), processOf("other", times)], 0)).toEqual(["", "other"]);
  // The own process has live samples, but none in the store yet.
  expect(instancesOf([processOf("other", times)], 15_000)).toEqual(["other"]);
});

test("the series of a process that ended before continue in those of the querying process", () => {
  expect(instancesOf([processOf("before", [0, 10_000])], 15_000)).toEqual([""]);
  expect(instancesOf([processOf("before", [0, 10_000]), processOf("own", [20_000])], 15_000)).toEqual([""]);
});

test("the series of the querying process have no service_name, and those of other services have it", () => {
  const store = filledStore(
    processOf("before", [0, 10_000], "shop"),
    processOf("own", [20_000, 30_000, 40_000], "shop"),
    processOf("other", [0, 10_000], "stock"),
    processOf("other2", [20_000, 30_000, 40_000], "stock"),
  );
  const view = { own: { instance: "own", service: "shop", sinceUnixMillis: 20_000 } };
  // The same in each range, so that live samples continue the series.
  for (const [from, to] of [
    [0, 40_000],
    [0, 15_000],
    [25_000, 40_000],
  ] as const) {
    const { series } = select(store, { matchers: [named("m_total")], from, to, view });
    expect(textsOf(series.map(({ labels }) => labels))).toEqual([
      '{"__name__":"m_total","otel_scope_name":"test","service_name":"stock"}',
      '{"__name__":"m_total","otel_scope_name":"test"}',
    ]);
  }
});

test("another service with the same service.instance.id has service_name", () => {
  const store = filledStore(processOf("host", [0, 10_000], "stock"));
  const view = { own: { instance: "host", service: "shop", sinceUnixMillis: 0 } };
  const selection = { matchers: [named("m_total")], from: 0, to: 40_000, view };
  expect(select(store, selection).series.map(({ labels: { service_name } }) => service_name)).toEqual([
    "stock",
  ]);
});

test("a view of one process alone has no series of those beside it", () => {
  const store = filledStore(
    processOf("before", [0, 10_000], "shop"),
    processOf("own", [20_000, 30_000, 40_000], "shop"),
    processOf("beside", [20_000, 30_000, 40_000], "shop"),
    processOf("other", [0, 10_000], "stock"),
  );
  const view = { own: { instance: "own", service: "shop", sinceUnixMillis: 20_000, isAlone: true } };
  const timesFrom = (from: number) =>
    select(store, { matchers: [named("m_total")], from, to: 40_000, view }).series.map(
      ({ labels, samples }) => [labels, [...(samples?.times ?? [])]],
    );
  const labels = { __name__: "m_total", otel_scope_name: "test" };
  expect(timesFrom(20_000)).toEqual([[labels, [20_000, 30_000, 40_000]]]);
  // The one before is continued, as without the one beside.
  expect(timesFrom(0)).toEqual([[labels, [0, 10_000, 20_000, 30_000, 40_000]]]);
});

test("an empty store has no metadata", () => {
  expect(metadataOf([])).toEqual([]);
});

function selectedLabels(
  source: Source | undefined,
  selection: { readonly matchers: readonly Matcher[]; readonly from: number; readonly to: number },
) {
  return (async function* (): AsyncGenerator<Labels> {
    if (source !== undefined) for await (const { labels } of source.select(selection)) yield labels;
  })();
}

function textsOf(all: readonly Labels[]): readonly string[] {
  return all.map((labels) => JSON.stringify(labels)).toSorted();
}
