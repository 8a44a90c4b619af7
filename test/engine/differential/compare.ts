// Compares collections of a program with those of upstream's provider.
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { type Collection, withoutStale } from "./collection.ts";
import { differencesBetween } from "./comparing.ts";
import {
  forUpstream,
  isRightAsAWhole,
  isRightForOneReader,
  magnitudeOf,
  observedSeries,
  withOneReader,
} from "./for-upstream.ts";
import { runModel } from "./model.ts";
import type { Program } from "./program.ts";
import { collectionsOf, type MakeProvider } from "./run-program.ts";

const upstream: MakeProvider = (options) => new MeterProvider(options);

/** Result of the comparison of a provider's collections for a program. */
export interface Comparison {
  /** The differences from upstream, a line each. */
  readonly differences: readonly string[];
  /** Whether a series overflowed. */
  readonly overflowed: boolean;
  /** The ways in which upstream ran the program. */
  readonly ways: readonly string[];
}

/** Compares the collections of each reader with upstream's, in each way for which the table lists no difference. */
export async function compare(
  program: Program,
  actual: readonly (readonly Collection[])[],
): Promise<Comparison> {
  const magnitude = magnitudeOf(program);
  const differences: string[] = [];
  const ways = new Set<string>();
  const look = (way: string, reader: number, expected: readonly Collection[]): void => {
    ways.add(way);
    for (const [i, collection] of expected.entries()) {
      const lines = differencesBetween(collection, actual[reader]![i] ?? new Map(), magnitude);
      differences.push(...lines.map((line) => `${way}, reader ${reader}, collection ${i}: ${line}`));
    }
  };
  let overflowed = false;
  let forgot = false;
  for (const reader of program.readers.keys()) {
    const model = await runModel(program, reader);
    overflowed ||= model.overflowed;
    forgot ||= model.forgot;
    look("with the model", reader, model.collections);
  }
  if (!overflowed && isRightAsAWhole(program)) {
    for (const [reader, expected] of (await collectionsOf(upstream, forUpstream(program))).entries()) {
      look("as a whole", reader, expected);
    }
  } else if (!overflowed && !forgot && isRightForOneReader(program)) {
    for (const reader of program.readers.keys()) {
      const [collections = []] = await collectionsOf(upstream, forUpstream(withOneReader(program, reader)));
      const observed = observedSeries(forUpstream(program), reader);
      look(
        "reader by reader",
        reader,
        collections.map((collection, i) => withoutStale(collection, observed[i] ?? new Map())),
      );
    }
  }
  return { differences, overflowed, ways: [...ways] };
}
