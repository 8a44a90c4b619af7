// The samples at the backend, beside the collections of each process.
import { setTimeout as delay } from "node:timers/promises";
import type { VictoriaMetrics } from "../servers/victoria-metrics.ts";

/** A process that has exported. A killed one may have begun a collection that it could not store. */
export interface Exported {
  readonly instance: string;
  readonly collections: number;
  readonly isKilled: boolean;
}

/** Result of the comparison. */
export interface Completeness {
  readonly samples: number;
  /** Samples of requests that were sent again because their response was lost: same time, same value. */
  readonly repeated: number;
  readonly problems: readonly string[];
}

const READERS = 3;

/** Reads each sample of each process. Values are the numbers of the collections: each must be there, at one time. */
export async function completenessOf(
  server: VictoriaMetrics,
  processes: readonly Exported[],
  series: number,
): Promise<Completeness> {
  // Samples of the last seconds are not visible at once.
  await delay(5_000);
  await server.flush();
  const problems: string[] = [];
  let [samples, repeated] = [0, 0];
  const rest = [...processes];
  const read = async (): Promise<void> => {
    for (let each = rest.pop(); each !== undefined; each = rest.pop()) {
      const found = await samplesOf(server, each.instance);
      samples += found.samples;
      repeated += found.repeated;
      const wanted = each.isKilled ? [each.collections, each.collections - 1] : [each.collections];
      const isWhole = wanted.some(
        (collections) =>
          found.last.length === (collections === 0 ? 0 : series) &&
          found.last.every((last) => last === collections),
      );
      if (!isWhole || found.problem !== undefined)
        problems.push(
          `${each.instance}: ${each.collections} collections, but ${found.last.length} series, which end with ` +
            `${[...new Set(found.last)].join(", ")}; ${found.problem ?? "none has a gap"}`,
        );
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return { samples, repeated, problems };
}

async function samplesOf(server: VictoriaMetrics, instance: string) {
  const stored = await server.samples(`{__name__="jobs","service.instance.id"="${instance}"}`);
  const last: number[] = [];
  let [samples, repeated] = [0, 0];
  let problem: string | undefined;
  for (const { labels, values, timesUnixMillis } of stored) {
    let [expected, before] = [1, 0];
    for (const [index, value] of values.entries()) {
      const time = timesUnixMillis[index]!;
      if (value === expected - 1 && time === before) repeated++;
      else if (value === expected) [expected, before] = [expected + 1, time];
      else problem ??= `${labels["shop"]} has ${value} at ${time}, where ${expected} is expected`;
    }
    samples += values.length;
    last.push(expected - 1);
  }
  return { samples: samples - repeated, repeated, last, problem };
}
