// Texts of metrics that are collected again and again: of an endpoint, or of the processes of a group.
import type { QueryResult, SampleSeries, Selection } from "../../../query/index.ts";
import { query, queryRange } from "../../../query/index.ts";
import { type TextSample, samplesIn } from "./samples-text.ts";
import { ScrapedSamples } from "./scraped-samples.ts";
import type { Clock, Queried, QueryTimes } from "../../../explain/application.ts";
import type { Members, Watched } from "./watched.ts";

const RANGE_SECONDS = 300;

/** Queries over collected samples. */
class Collected implements Queried {
  readonly samples: ScrapedSamples = new ScrapedSamples();

  queryRange(expression: string, times: QueryTimes): Promise<QueryResult> {
    return queryRange(expression, { source: this.samples, isFromZero: true, ...times });
  }

  query(expression: string, options: { time: number; signal: AbortSignal }): Promise<QueryResult> {
    return query(expression, { source: this.samples, isFromZero: true, ...options });
  }

  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.samples.select(selection);
  }
}

/** Returns a text in Prometheus' format. */
export type Scrape = (signal: AbortSignal) => Promise<string>;

/** The text of a process in a group. */
export interface MemberText {
  readonly id: string;
  readonly pid: number | undefined;
  readonly timeUnixMillis: number | undefined;
  readonly text: string;
}

/** Options of {@link Scraped}. */
export interface ScrapedOptions {
  readonly name: string;
  readonly interval: number;
  readonly scrape: Scrape;
  /** Texts of the processes of a group, each with its own figures. */
  readonly scrapeEach?: (() => Promise<readonly MemberText[]>) | undefined;
  /** Number of the processes of a group. */
  readonly processCount?: (() => number) | undefined;
}

/** Scrapes with each refresh, and keeps the last hour. */
export class Scraped extends Collected implements Watched {
  readonly name: string;
  readonly interval: number;
  readonly range: number = RANGE_SECONDS;
  readonly isCollected = true;
  readonly members: ((signal: AbortSignal) => Promise<Members>) | undefined;
  readonly processCount: (() => number) | undefined;
  readonly #scrape: Scrape;

  constructor({ name, interval, scrape, scrapeEach, processCount }: ScrapedOptions) {
    super();
    this.processCount = processCount;
    this.name = name;
    this.interval = interval;
    this.#scrape = scrape;
    const each = new Collected();
    this.members =
      scrapeEach &&
      (async () => {
        const members = await scrapeEach();
        each.samples.add(ofEach(members), Date.now());
        return { members, figures: each, time: each.samples.lastUnixMillis / 1_000 };
      });
  }

  async refresh(signal: AbortSignal): Promise<Clock> {
    const text = await this.#scrape(signal);
    this.samples.add(samplesIn(text), Date.now());
    const now = this.samples.lastUnixMillis / 1_000;
    return { now, end: now };
  }

  async close(): Promise<void> {}
}

function* ofEach(members: readonly MemberText[]): Generator<TextSample> {
  for (const { id, text } of members) {
    for (const { labels, ...sample } of samplesIn(text)) {
      const entries = [...Object.entries(labels), ["instance", id] as const];
      yield {
        ...sample,
        labels: Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1))),
      };
    }
  }
}
