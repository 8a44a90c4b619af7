import { diag, DiagLogLevel } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test } from "vitest";
import { collectionFromMetrics } from "../../src/engine/collection/collection-from-metrics.ts";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/exporter.ts";
import { History } from "../../src/history/history.ts";
import { HistoryStore } from "../../src/history/history-store.ts";
import type { EncodedCollection } from "../../src/history/encoded-collection.ts";
import { openedSettings } from "../../src/options/history.ts";
import { PullReader } from "../kit/pull-reader.ts";

test("a resource with pending attributes is stored without them and without a warning", async () => {
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const silent = (): void => {};
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    DiagLogLevel.WARN,
  );
  onTestFinished(() => diag.disable());
  const reader = new PullReader();
  const resource = resourceFromAttributes({ "service.name": "shop", "host.id": new Promise(() => {}) });
  const provider = new MeterProvider({ readers: [reader], resource });
  provider.getMeter("shop").createCounter("orders").add(1);
  const { resourceMetrics } = await reader.collect();
  const history = await History.open({ path: ":memory:" });
  await new Promise<void>((resolve) =>
    new HistoryExporter(storeOf(history)).export(resourceMetrics, () => resolve()),
  );
  const { series } = await history.query({ metric: "orders", where: { "service.name": "shop" } });
  expect(series.flatMap(({ points }) => points.map(([, value]) => value))).toEqual([1]);
  expect(complaints).toEqual([]);
  await history.close();
});

/** A store whose first append waits for the test, and then fails or not. */
class SlowStore extends HistoryStore {
  failures = 0;
  begin = (): void => {};
  release = (): void => {};
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));
  readonly #released = new Promise<void>((resolve) => (this.release = resolve));

  override async appendCollection(collection: EncodedCollection): Promise<void> {
    this.begin();
    await this.#released;
    if (this.failures-- > 0) throw new Error("busy");
    await super.appendCollection(collection);
  }
}

test.each([0, 1])(
  "of the collections that wait for the store, only the latest is stored, after %i failures",
  async (failures) => {
    const reader = new PullReader();
    const counter = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
    const store = new SlowStore(openedSettings({ path: ":memory:" }), 60_000);
    onTestFinished(() => store.close());
    store.failures = failures;
    const exporter = new HistoryExporter(store);
    const exported = async (): Promise<string> => {
      counter.add(1);
      const { resourceMetrics } = await reader.collect();
      return new Promise((resolve) =>
        exporter.export(resourceMetrics, ({ error }) => resolve(error?.message ?? "stored")),
      );
    };
    const first = exported();
    await store.begun;
    const others = [exported(), exported()];
    await new Promise(setImmediate);
    store.release();
    const skipped = "the collection was replaced by a later one before it could be stored";
    expect(await Promise.all([first, ...others])).toEqual([
      failures === 0 ? "stored" : "busy",
      skipped,
      "stored",
    ]);
  },
);

/** A store that keeps the order in which collections come. */
class OrderedStore extends HistoryStore {
  readonly stored: string[] = [];

  override async appendCollection(): Promise<void> {
    this.stored.push("earlier");
  }

  override appendLast(): boolean {
    this.stored.push("later");
    return true;
  }
}

test("a collection whose encoding is overtaken by a later one is not stored after it", async () => {
  const reader = new PullReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter("shop").createCounter("orders");
  const store = new OrderedStore(openedSettings({ path: ":memory:" }), 60_000);
  onTestFinished(() => store.close());
  const exporter = new HistoryExporter(store);
  for (let i = 0; i < 1_900; i++) counter.add(1, { i, text: "x".repeat(1_000) });
  const exported = exporter.exportCollection(collectionFromMetrics((await reader.collect()).resourceMetrics));
  await new Promise(setImmediate);
  exporter.exportCollectionSync(collectionFromMetrics((await reader.collect()).resourceMetrics));
  await exported;
  expect(store.stored).toEqual(["later"]);
});
