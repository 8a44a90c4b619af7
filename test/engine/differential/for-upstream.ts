// Adapts programs to upstream's provider: selects those that it handles correctly, and removes values that it handles
// wrongly.
import { AggregationType } from "tachymeter/metrics";
import { identityOf } from "./limited-series.ts";
import {
  aggregationOf,
  attributesIn,
  isObservable,
  matches,
  type Measurement,
  type Program,
  type Step,
  streamsOf,
} from "./program.ts";
import { takenValue } from "./taken-value.ts";

/** Whether upstream, with all readers of this program at once, collects what the specification requires. */
export function isRightAsAWhole(program: Program): boolean {
  return !program.instruments.some(isObservable) && isRightForOneReader(program);
}

/**
 * Whether upstream collects that for a provider with one of the readers alone, if nothing overflows.
 *
 * All matching views must set their aggregation, unless the readers have the default one. No view may filter
 * observations.
 */
export function isRightForOneReader({ readers, views, instruments }: Program): boolean {
  return instruments.every((instrument) =>
    views
      .filter((view) => matches(view, instrument))
      .every(
        ({ aggregation, keys }) =>
          (aggregation !== undefined ||
            readers.every(
              (reader) => aggregationOf(reader, instrument.type).type === AggregationType.DEFAULT,
            )) &&
          !(keys !== undefined && isObservable(instrument)),
      ),
  );
}

/** The program without measurements that ours drops, without undefined attributes, and without limits. */
export function forUpstream(program: Program): Program {
  const takenAll = (instrument: number, measurements: readonly Measurement[]): Measurement[] =>
    measurements
      .filter(({ value }) => takenValue(program.instruments[instrument]!, value) !== undefined)
      .map(({ value, attributes }) => ({ value, attributes: attributesIn(attributes, () => true) }));
  return {
    ...program,
    readers: program.readers.map((reader) => ({ ...reader, limit: Number.MAX_SAFE_INTEGER })),
    views: program.views.map((view) => ({ ...view, limit: Number.MAX_SAFE_INTEGER })),
    steps: program.steps.flatMap((step): Step[] => {
      if (step.kind === "collect") return [step];
      if (step.kind === "observe") {
        return [{ ...step, observations: takenAll(step.instrument, step.observations) }];
      }
      return takenAll(step.instrument, [step.measurement]).map((measurement) => ({ ...step, measurement }));
    }),
  };
}

/** The program with the reader of this number alone. */
export function withOneReader(program: Program, reader: number): Program {
  return {
    ...program,
    readers: [program.readers[reader]!],
    steps: program.steps.flatMap((step): Step[] => {
      if (step.kind !== "collect") return [step];
      return step.reader === reader ? [{ ...step, reader: 0 }] : [];
    }),
  };
}

/** The observed series of each observable stream, for each collection of the reader. */
export function observedSeries(program: Program, reader: number): ReadonlyMap<string, ReadonlySet<string>>[] {
  const observations = program.instruments.map((): readonly Measurement[] => []);
  const collections: Map<string, Set<string>>[] = [];
  for (const step of program.steps) {
    if (step.kind === "observe") observations[step.instrument] = step.observations;
    if (step.kind !== "collect" || step.reader !== reader) continue;
    const observed = new Map<string, Set<string>>();
    for (const [i, instrument] of program.instruments.entries()) {
      if (!isObservable(instrument)) continue;
      for (const { name, keeps } of streamsOf(program.views, instrument, program.readers[reader]!)) {
        observed.set(
          name,
          new Set(observations[i]!.map(({ attributes }) => identityOf(attributesIn(attributes, keeps)))),
        );
      }
    }
    collections.push(observed);
  }
  return collections;
}

/** The magnitude of values that may cancel out: rounding errors of a sum that falls are relative to it. */
export function magnitudeOf({ steps }: Program): number {
  return steps.reduce((sum, step) => {
    const measurements =
      step.kind === "record" ? [step.measurement] : step.kind === "observe" ? step.observations : [];
    return measurements.reduce(
      (total, { value }) =>
        typeof value === "number" && Number.isFinite(value) ? total + Math.abs(value) : total,
      sum,
    );
  }, 0);
}
