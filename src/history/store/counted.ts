// How much a database holds.
import { type Database, safeInteger, type Statement } from "./sqlite.ts";

/** How much a database holds. Times are in milliseconds since the epoch, null where there is nothing. */
export interface Counted {
  readonly points: number;
  readonly series: number;
  readonly events: number;
  readonly oldest: number | null;
  readonly newest: number | null;
}

interface Part {
  readonly points: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** Counts what a database holds. */
export class Counter {
  readonly #parts: readonly Statement<Part>[];
  readonly #events: Statement<Part>;
  readonly #series: Statement<{ readonly count: number }>;

  constructor(database: Database) {
    this.#parts = [
      `SELECT total(points) AS points, ${safeInteger("min(first)", "oldest")}, ${safeInteger("max(last)", "newest")}
        FROM chunks`,
      `SELECT sum(length(series) / 4) AS points, ${safeInteger("min(time)", "oldest")}, ${safeInteger("max(time)", "newest")}
        FROM heads JOIN rosters ON rosters.id = roster`,
      // Each by an index of its own.
      `SELECT (SELECT count(*) FROM samples) AS points, (SELECT ${safeInteger("min(time)", "oldest")} FROM samples) AS oldest,
        (SELECT ${safeInteger("max(time)", "newest")} FROM samples) AS newest`,
    ].map((sql) => database.prepare<Part>(sql));
    this.#events = database.prepare(
      `SELECT (SELECT count(*) FROM events) AS points, (SELECT ${safeInteger("min(time)", "oldest")} FROM events) AS oldest,
        (SELECT ${safeInteger("max(time)", "newest")} FROM events) AS newest`,
    );
    this.#series = database.prepare("SELECT count(*) AS count FROM series");
  }

  count(): Counted {
    const parts = this.#parts.flatMap((statement) => statement.get() ?? []);
    const events = this.#events.get();
    const all = events === undefined ? parts : [...parts, events];
    return {
      points: parts.reduce((sum, { points }) => sum + (points ?? 0), 0),
      series: this.#series.get()?.count ?? 0,
      events: events?.points ?? 0,
      oldest: least(all.map(({ oldest }) => oldest)),
      newest: most(all.map(({ newest }) => newest)),
    };
  }
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function most(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}
