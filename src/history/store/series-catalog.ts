// Tables of metrics and series, each stored once.
import type { Attributes } from "@opentelemetry/api";
import type { SeriesDescription, SeriesLayout } from "../encoded-collection.ts";
import type { MetricType } from "../question.ts";
import { type Database, safeInteger, type SqlValue } from "./sqlite.ts";
import {
  type Lifetime,
  SAMPLE_SCOPE,
  type StoredMetric,
  type StoredProcess,
  type StoredSeries,
} from "./stored.ts";
import { attributesFromJson, layoutFromJson, layoutToJson, scopeFromJson } from "./stored-json.ts";
import type { Unreadable } from "./unreadable.ts";

// Columns may contain anything, because other programs may have changed the file.
type Row<Columns extends string> = { readonly [Column in Columns]: SqlValue };

type MetricRow = Row<
  "id" | "name" | "prometheus_name" | "type" | "unit" | "description" | "scope" | "series"
>;
type SeriesRow = Row<"id" | "metric" | "attributes" | "resource" | "start" | "zero">;
type StartRow = Row<"resource" | "start">;
type KindRow = Row<"metric" | "text" | "start">;
type WholeRow = Row<
  Exclude<keyof MetricRow | keyof SeriesRow, "id" | "metric" | "series" | "zero"> | "layout"
>;

interface Id {
  readonly id: number;
}

const METRICS = `
  SELECT ${safeInteger("metrics.id", "id")}, name, prometheus_name, type, unit, description, text AS scope,
    (SELECT count(*) FROM series WHERE metric = metrics.id) AS series
  FROM metrics LEFT JOIN texts ON texts.id = scope`;

const TYPES: readonly MetricType[] = ["counter", "gauge", "histogram"];

const DAY = 86_400_000;

// The caches of a store would grow with each series that has ended. Each entry takes some 60 bytes.
const MAX_REMEMBERED = 250_000;

const REMOVE_LEFTOVERS = `
  DELETE FROM metrics WHERE id NOT IN (SELECT metric FROM series);
  DELETE FROM texts WHERE id NOT IN (
    SELECT attributes FROM series UNION SELECT resource FROM series UNION SELECT layout FROM series
    UNION SELECT scope FROM metrics)`;

/** A layout, with its bounds as an array that blocks share. */
export type StoredLayout =
  | Exclude<SeriesLayout, { readonly kind: "buckets" }>
  | {
      readonly kind: "buckets";
      readonly bounds: Float64Array;
      readonly hasMinMax?: boolean;
      readonly isFromZero?: boolean;
    };

export interface SeriesKind {
  readonly metric: number;
  readonly layout: StoredLayout;
  /** Whether it can consist of samples, which have no start. */
  readonly maySample: boolean;
}

/** Finds and adds metrics and series. Adding requires a transaction. */
export class SeriesCatalog {
  readonly #sql: ReturnType<typeof statements>;
  readonly #database: Database;
  readonly #kinds = new Map<number, SeriesKind>();
  // By their texts, whose ids may be reused.
  readonly #layouts = new Map<SqlValue, SeriesKind["layout"]>();
  readonly #latest = new Map<number, number>();
  readonly #sampleSeries = new Map<string, number>();
  // The first start of all series, by the text of their resource, up to the series with an id.
  #processStarts: ReadonlyMap<SqlValue, number> = new Map();
  #startsUpTo: SqlValue = null;
  readonly #unreadable: Unreadable;

  constructor(database: Database, unreadable: Unreadable) {
    this.#database = database;
    this.#unreadable = unreadable;
    this.#sql = statements(database);
  }

  idOf(description: SeriesDescription, resource: Attributes): number {
    const values = [
      this.#metricIdOf(description),
      this.#textIdOf(attributesText(description)),
      this.#textIdOf(sortedJson(resource)),
      this.#textIdOf(layoutToJson(description.layout)),
      Math.round(description.startTimeUnixMillis),
    ];
    return (
      this.#sql.seriesId.get(...values)?.id ?? Number(this.#sql.addSeries.run(...values).lastInsertRowid)
    );
  }

  /** Adds a continuation of a series after the clock was set back. Returns its id; `undefined` if the series was removed. */
  continuationOf(series: number): number | undefined {
    const { changes, lastInsertRowid } = this.#sql.continueSeries.run(series);
    return Number(changes) === 0 ? undefined : Number(lastInsertRowid);
  }

  sampleSeriesOf(metric: string): number {
    const known = this.#sampleSeries.get(metric);
    if (known !== undefined) return known;
    const id = this.idOf(
      {
        id: 0,
        metric,
        prometheusName: metric,
        type: "gauge",
        unit: "",
        description: "",
        layout: { kind: "number" },
        attributes: {},
        scope: SAMPLE_SCOPE,
        startTimeUnixMillis: 0,
      },
      {},
    );
    remember(this.#sampleSeries, metric, id);
    return id;
  }

  /** Returns `undefined` if the series was removed. */
  describe(series: number): { description: SeriesDescription; resource: Attributes } | undefined {
    const row = this.#sql.whole.get(series);
    if (row === undefined) return undefined;
    const { id, name: metric, series: _, ...others } = metricFrom({ ...row, id: 0, series: 0 });
    return {
      description: {
        ...others,
        id,
        metric,
        layout: layoutFromJson(row.layout),
        attributes: attributesFromJson(row.attributes),
        startTimeUnixMillis: numberIn(row.start),
      },
      resource: attributesFromJson(row.resource),
    };
  }

  /** Clears caches after a rollback, or if another process removed series. */
  forget(): void {
    this.#kinds.clear();
    this.#layouts.clear();
    this.#latest.clear();
    this.#sampleSeries.clear();
  }

  kindOf(series: number): SeriesKind | undefined {
    const known = this.#kinds.get(series);
    if (known !== undefined) return known;
    const row = this.#sql.kind.get(series);
    if (row === undefined) return undefined;
    const kind = this.#unreadable.read("series", series, () => {
      const layout = this.#layouts.get(row.text) ?? storedLayout(layoutFromJson(row.text));
      this.#layouts.set(row.text, layout);
      return { metric: numberIn(row.metric), layout, maySample: row.start === 0 };
    });
    if (kind !== undefined) remember(this.#kinds, series, kind);
    return kind;
  }

  /** Records that a series has a point at this time. */
  mark(series: number, time: number): void {
    const day = Math.ceil(time / DAY) * DAY;
    if (day <= (this.#latest.get(series) ?? -Infinity)) return;
    this.#sql.mark.run(day, series, day);
    remember(this.#latest, series, day);
  }

  /** Removes series without points, and rows that only they refer to. Returns whether there were any. */
  removeBefore(time: number): boolean {
    const isNone = Number(this.#sql.remove.run(time).changes) === 0;
    if (isNone) return false;
    this.#database.exec(REMOVE_LEFTOVERS);
    this.forget();
    return true;
  }

  /** Removes series that are not among these and have no samples, and rows that only they refer to. */
  removeAllBut(series: readonly number[]): void {
    this.#sql.removeOthers.run(JSON.stringify(series));
    this.#database.exec(REMOVE_LEFTOVERS);
    this.forget();
  }

  metrics(): StoredMetric[] {
    return this.#sql.metrics.all().flatMap((row) => this.#metricOf(row) ?? []);
  }

  metricsOf(name: string): StoredMetric[] {
    return this.#sql.metricsByName.all(name).flatMap((row) => this.#metricOf(row) ?? []);
  }

  seriesOf(metricId: number): StoredSeries[] {
    const row = this.#sql.metric.get(metricId);
    const metric = row === undefined ? undefined : this.#metricOf(row);
    if (metric === undefined) return [];
    return this.#sql.series.all(metricId).flatMap((each): StoredSeries | readonly [] => {
      const series = this.#unreadable.read("series", each.id, () => ({
        id: numberIn(each.id),
        metric,
        attributes: attributesFromJson(each.attributes),
        resource: attributesFromJson(each.resource),
        startTimeUnixMillis: numberIn(each.start),
        isFromZero: each.zero === 1,
      }));
      return series ?? [];
    });
  }

  /** Text of the resource of a series; `null` if the series was removed. */
  resourceOf(series: number): SqlValue {
    return this.#sql.resource.get(series)?.resource ?? null;
  }

  /** The process with this text of its resource, which has points from one time to another. */
  processOf(text: SqlValue, { from, to }: Lifetime): StoredProcess | undefined {
    if (!this.#processStarts.has(text)) this.#readProcessStarts();
    return this.#unreadable.read("texts", text, () => ({
      resource: attributesFromJson(text),
      from: Math.min(from, this.#processStarts.get(text) ?? from),
      to,
    }));
  }

  // Reads all series, so a text that is not found is looked up again only after series were added.
  #readProcessStarts(): void {
    const upTo = this.#sql.lastSeries.get()?.id ?? null;
    if (upTo === this.#startsUpTo) return;
    this.#startsUpTo = upTo;
    this.#processStarts = new Map(
      this.#sql.processStarts.all().map((each) => [each.resource, Number(each.start)]),
    );
  }

  #metricOf(row: MetricRow): StoredMetric | undefined {
    return this.#unreadable.read("metrics", row.id, () => metricFrom(row));
  }

  #metricIdOf({ metric, prometheusName, type, unit, description, scope }: SeriesDescription): number {
    const scopeId = this.#textIdOf(JSON.stringify(scope));
    const found = this.#sql.metricId.get(metric, type, unit, scopeId);
    if (found !== undefined) return found.id;
    const added = this.#sql.addMetric.run(metric, prometheusName, type, unit, description, scopeId);
    return Number(added.lastInsertRowid);
  }

  #textIdOf(text: string): number {
    return this.#sql.textId.get(text)?.id ?? Number(this.#sql.addText.run(text).lastInsertRowid);
  }
}

function remember<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): void {
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(key, value);
}

function statements(database: Database) {
  return {
    textId: database.prepare<Id>("SELECT id FROM texts WHERE text = ?"),
    addText: database.prepare("INSERT INTO texts (text) VALUES (?)"),
    metricId: database.prepare<Id>(
      "SELECT id FROM metrics WHERE name = ? AND type = ? AND unit = ? AND scope = ?",
    ),
    addMetric: database.prepare(
      "INSERT INTO metrics (name, prometheus_name, type, unit, description, scope) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    seriesId:
      database.prepare<Id>(`SELECT id FROM series WHERE metric = ? AND attributes = ? AND resource = ? AND layout = ? AND start = ?
        ORDER BY course DESC LIMIT 1`),
    addSeries: database.prepare(
      "INSERT INTO series (metric, attributes, resource, layout, start, course) VALUES (?, ?, ?, ?, ?, 0)",
    ),
    continueSeries: database.prepare(`INSERT INTO series (metric, attributes, resource, layout, start, course)
        SELECT metric, attributes, resource, layout, start, (
          SELECT max(course) + 1 FROM series AS other WHERE other.metric = it.metric AND
            other.attributes = it.attributes AND other.resource = it.resource AND other.layout = it.layout AND
            other.start = it.start)
        FROM series AS it WHERE id = ?`),
    kind: database.prepare<KindRow>(`SELECT ${["metric", "start"].map((column) => safeInteger(column)).join(", ")}, text
        FROM series LEFT JOIN texts ON texts.id = layout WHERE series.id = ?`),
    mark: database.prepare("UPDATE series SET latest = ? WHERE id = ? AND latest < ?"),
    remove: database.prepare("DELETE FROM series WHERE latest BETWEEN 1 AND ?"),
    removeOthers: database.prepare(`DELETE FROM series WHERE id NOT IN (SELECT value FROM json_each(?))
        AND id NOT IN (SELECT series FROM samples)`),
    whole:
      database.prepare<WholeRow>(`SELECT name, prometheus_name, type, unit, description, s.text AS scope, a.text AS attributes,
        r.text AS resource, l.text AS layout, ${safeInteger("start")}
        FROM series JOIN metrics ON metrics.id = metric JOIN texts AS s ON s.id = scope
        JOIN texts AS a ON a.id = attributes JOIN texts AS r ON r.id = resource
        JOIN texts AS l ON l.id = layout WHERE series.id = ?`),
    resource: database.prepare<Row<"resource">>(
      "SELECT text AS resource FROM series JOIN texts ON texts.id = resource WHERE series.id = ?",
    ),
    processStarts:
      database.prepare<StartRow>(`SELECT r.text AS resource, ${safeInteger("min(start)", "start")} FROM series
        JOIN texts AS r ON r.id = resource WHERE start > 0 GROUP BY resource`),
    lastSeries: database.prepare<Row<"id">>(`SELECT ${safeInteger("max(id)", "id")} FROM series`),
    metrics: database.prepare<MetricRow>(`${METRICS} ORDER BY name, metrics.id`),
    metric: database.prepare<MetricRow>(`${METRICS} WHERE metrics.id = ?`),
    metricsByName: database.prepare<MetricRow>(
      `${METRICS} WHERE ? IN (name, prometheus_name) ORDER BY metrics.id`,
    ),
    series:
      database.prepare<SeriesRow>(`SELECT ${safeInteger("series.id", "id")}, metric, a.text AS attributes, r.text AS resource,
        ${safeInteger("start")}, l.text LIKE '%"isFromZero":true%' AS zero
        FROM series LEFT JOIN texts AS a ON a.id = attributes LEFT JOIN texts AS r ON r.id = resource
        LEFT JOIN texts AS l ON l.id = layout WHERE metric = ? ORDER BY series.id`),
  };
}

function metricFrom(row: MetricRow): StoredMetric {
  const type = TYPES.find((each) => each === row.type);
  if (type === undefined) throw new TypeError(`${String(row.type)} is not a metric type`);
  return {
    id: numberIn(row.id),
    name: textIn(row.name),
    prometheusName: textIn(row.prometheus_name),
    type,
    unit: textIn(row.unit),
    description: textIn(row.description),
    scope: scopeFromJson(row.scope),
    series: numberIn(row.series),
  };
}

function storedLayout(layout: SeriesLayout): StoredLayout {
  return layout.kind === "buckets" ? { ...layout, bounds: Float64Array.from(layout.bounds) } : layout;
}

function textIn(value: SqlValue): string {
  if (typeof value === "string") return value;
  throw new TypeError("not a text");
}

function numberIn(value: SqlValue): number {
  if (typeof value === "number") return value;
  throw new TypeError("not a number");
}

function attributesText({ attributes, attributesJson }: SeriesDescription): string {
  if (attributesJson === undefined) return sortedJson(attributes);
  return Buffer.concat(attributesJson.map((piece) => Buffer.from(piece))).toString();
}

// Equal sets of attributes result in the same text.
function sortedJson(attributes: Attributes): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
}
