// Attributes that are objects, nested arrays, bytes or null are values like all others in the history.
import { join } from "node:path";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { type Answer, History } from "tachymeter/history";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/parts.ts";
import { expect, test } from "vitest";
import { Store } from "../../src/history/store/index.ts";
import { collectingProvider } from "../kit/collecting.ts";
import { Collections, numberOf, pointsOf } from "../history/store/collections.ts";
import { limitedDisk } from "../history/store/limited-disk.ts";
import { newFolder } from "../kit/new-folder.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-09-21T13:00:00Z");
const TEAM = { "app.meta": { team: "x" } };

async function latest(history: History, metric: string, by?: readonly string[]): Promise<Answer["series"]> {
  const { series } = await history.query({ metric, aggregate: "LAST", ...(by !== undefined && { by }) });
  return series;
}

test("a series is returned for any attributes of its own, its scope and its resource", async () => {
  const { provider, collect } = collectingProvider();
  const values = [{ b: 1 }, [[1]], [1, "x"], Uint8Array.of(1, 2), {}, [{ a: 1 }], [null], null, "s"];
  const counter = provider.getMeter("shop").createCounter("visits");
  for (const [i, a] of values.entries()) counter.add(1 + i, Object({ a }));
  const scope = Object({ attributes: { deep: { a: 1 } } });
  provider.getMeter("deep", "1", scope).createCounter("of.scope").add(5);

  await using history = await History.open({ path: join(newFolder("nested"), "history.db") });
  const exporter = new HistoryExporter(storeOf(history));
  // Newer versions of the SDK leave such attributes out of a resource that they create.
  const resource: Resource = Object.create(resourceFromAttributes({}), { attributes: { value: TEAM } });
  const metrics = { ...(await collect()), resource };
  await new Promise<void>((resolve, reject) => {
    exporter.export(metrics, ({ error }) => (error === undefined ? resolve() : reject(error)));
  });

  const found = await latest(history, "visits");
  const answered = found.map(({ attributes, points }) => ({ a: attributes["a"], value: points[0]?.[1] }));
  const expected = values.map((a, i) => ({ a: JSON.parse(JSON.stringify(a)), value: 1 + i }));
  expect(answered.toSorted((left, right) => left.value! - right.value!)).toEqual(expected);
  expect((await latest(history, "of.scope"))[0]?.points[0]?.[1]).toBe(5);
  expect((await latest(history, "of.scope", ["app.meta"]))[0]?.attributes).toEqual(TEAM);
  expect(await history.usage()).not.toHaveProperty("unreadable");
});

test("a series that cannot be read again does not block other writes after a full disk", () => {
  const disk = limitedDisk(join(newFolder("nested"), "disk"));
  const path = join(disk.folder, "history.db");
  const warnings: string[] = [];
  let now = START;
  const store = Store.open({
    path,
    maxBytes: 4_000_000,
    now: () => now,
    warn: (message) => void warnings.push(message),
  });
  const collections = new Collections();
  const append = (i: number): void => {
    disk.fill();
    const figures = Array.from({ length: 100 }, (_, j) => numberOf(j, Math.sin(1_000 * i + j)));
    const collection = collections.at(START + i * MINUTE, figures);
    // Deeper than the reader allows.
    for (const { id, attributes } of collection.newSeries)
      if (id === 7) attributes["deep"] = JSON.parse(`${"[".repeat(1_500)}${"]".repeat(1_500)}`);
    store.append(collection);
  };
  const count = 130;
  for (let i = 0; i < count; i++) append(i);
  expect(store.usage()).toMatchObject({ storage: "memory" });

  disk.free();
  now += MINUTE;
  store.maintain();
  expect(store.usage()).toMatchObject({ storage: "disk", unreadable: 1 });
  expect(warnings.slice(1)).toEqual([
    expect.stringMatching(/^".*": rows of table series cannot be read and are left out/),
    `"${path}": writing to disk again, including the data in memory`,
  ]);
  const points = pointsOf(store, "gauge.number");
  expect(points.get(3)?.map(([, value]) => value)).toEqual(
    Array.from({ length: count }, (_, i) => Math.sin(1_000 * i + 3)),
  );
  expect(points.size).toBe(99);
  store.close();
});
