// The four forms by definition, over all events at once: slow, and without partial matches.
import type { EventPattern, EventSequence, SequenceRule } from "../../../../src/alerts/sequences/rule.ts";
import type { EventFields } from "./events.ts";

interface Found {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly ids: readonly string[];
}

/**
 * All matches, as `matchLine` formats them, sorted. `events` are in the order of their times. Absences are matches if
 * their deadline is before `until`.
 */
export function expectedLines(
  rules: readonly SequenceRule[],
  events: readonly EventFields[],
  until: number,
): readonly string[] {
  return rules
    .flatMap((rule) => {
      const { when } = rule;
      if (typeof when === "string" || !("alert" in rule)) throw new Error("not a rule of the oracle");
      return [...eventsByKey(when, events)].flatMap(([key, own]) =>
        foundIn(when, own, until).map(({ first, last, count, ids }) =>
          `${rule.alert} ${key} ${first}..${last} ×${count} ${ids.join(" ")}`.replaceAll(/ +/g, " ").trim(),
        ),
      );
    })
    .toSorted();
}

function eventsByKey(
  { by = [] }: EventSequence,
  events: readonly EventFields[],
): ReadonlyMap<string, readonly EventFields[]> {
  const byKey = new Map<string, EventFields[]>();
  if (by.length === 0) byKey.set("", []);
  for (const event of events) {
    const values = by.map((field) => (field === "source" ? event.source : dataOf(event, "k")));
    if (values.includes(undefined)) continue;
    const key = values.join(",");
    byKey.set(key, [...(byKey.get(key) ?? []), event]);
  }
  return byKey;
}

function foundIn(sequence: EventSequence, events: readonly EventFields[], until: number): readonly Found[] {
  switch (sequence.kind) {
    case "sequence": {
      const steps = sequence.steps.map(({ event, without = [] }) => ({ event, without }));
      return windows(events, (own) => {
        const chain = latestChain(own, own.length - 1, steps, Number(sequence.max_gap ?? Infinity)).find(
          ([first]) => timeOf(own.at(-1)) - timeOf(first) <= Number(sequence.within),
        );
        return chain === undefined
          ? undefined
          : {
              first: timeOf(chain[0]),
              last: timeOf(chain.at(-1)),
              count: chain.length,
              ids: chain.map(idOf),
            };
      });
    }
    case "count":
      return windows(
        events.filter((event) => matches(event, sequence.event)),
        (own) => {
          const last = timeOf(own.at(-1));
          const recent = own.filter((event) => last - event.at <= Number(sequence.within));
          return recent.length < sequence.at_least
            ? undefined
            : { first: timeOf(recent[0]), last, count: recent.length, ids: [idOf(own.at(-1))] };
        },
      );
    case "distinct":
      return windows(
        events.filter((event) => matches(event, sequence.event)),
        (own) => {
          const last = timeOf(own.at(-1));
          const recent = own.filter((event) => last - event.at <= Number(sequence.within));
          const times = new Map(recent.map((event) => [dataOf(event, "v"), event.at]));
          return times.size < sequence.at_least
            ? undefined
            : { first: Math.min(...times.values()), last, count: times.size, ids: [idOf(own.at(-1))] };
        },
      );
    case "absence":
      return sequence.after === undefined
        ? silences(events, sequence.event, sequence.by === undefined, Number(sequence.within), until)
        : missing(events, sequence.after, sequence.event, Number(sequence.within), until);
    default:
      return sequence satisfies never;
  }
}

// Tries each event as the last one, with the events since the match before it.
function windows(
  events: readonly EventFields[],
  matchEndingWith: (events: readonly EventFields[]) => Found | undefined,
): readonly Found[] {
  const found: Found[] = [];
  let start = 0;
  for (let end = 1; end <= events.length; end++) {
    const match = matchEndingWith(events.slice(start, end));
    if (match === undefined) continue;
    found.push(match);
    start = end;
  }
  return found;
}

interface Step {
  readonly event: string | EventPattern;
  readonly without: readonly (string | EventPattern)[];
}

// All chains of the steps whose last event is at `end`, those with the latest events first.
function latestChain(
  events: readonly EventFields[],
  end: number,
  steps: readonly Step[],
  maxGap: number,
): EventFields[][] {
  const [event, step] = [events[end], steps.at(-1)];
  if (event === undefined || step === undefined || !matches(event, step.event)) return [];
  if (steps.length === 1) return [[event]];
  const chains: EventFields[][] = [];
  for (let previous = end - 1; previous >= 0; previous--) {
    const between = events.slice(previous + 1, end);
    if (between.some((each) => step.without.some((pattern) => matches(each, pattern)))) break;
    if (event.at - timeOf(events[previous]) > maxGap) break;
    chains.push(
      ...latestChain(events, previous, steps.slice(0, -1), maxGap).map((chain) => [...chain, event]),
    );
  }
  return chains;
}

function missing(
  events: readonly EventFields[],
  after: string | EventPattern,
  wanted: string | EventPattern,
  within: number,
  until: number,
): readonly Found[] {
  const found: Found[] = [];
  for (let i = 0; i < events.length; i++) {
    const event = events[i];
    if (event === undefined || !matches(event, after)) continue;
    const deadline = event.at + within;
    const end = events.findIndex((each, j) => j > i && matches(each, wanted) && each.at <= deadline);
    // The wanted event may begin the next time.
    if (end !== -1) {
      i = end - 1;
      continue;
    }
    const own = events.filter((each, j) => j >= i && each.at <= deadline && matches(each, after));
    if (deadline < until)
      found.push({ first: event.at, last: deadline, count: own.length, ids: [idOf(event)] });
    i = events.findLastIndex((each) => each.at <= deadline);
  }
  return found;
}

function silences(
  events: readonly EventFields[],
  wanted: string | EventPattern,
  isFromStart: boolean,
  within: number,
  until: number,
): readonly Found[] {
  const seen = events.filter((event) => matches(event, wanted));
  const points: { at: number; ids: string[] }[] = seen.map((event) => ({ at: event.at, ids: [idOf(event)] }));
  if (isFromStart) points.unshift({ at: 0, ids: [] });
  return points.flatMap(({ at, ids }, i) => {
    const next = points[i + 1]?.at ?? Infinity;
    const isMissed = next > at + within && at + within < until;
    return isMissed ? [{ first: at, last: at + within, count: ids.length, ids }] : [];
  });
}

function matches(event: EventFields, pattern: string | EventPattern): boolean {
  return event.type === (typeof pattern === "string" ? pattern : pattern.type);
}

function dataOf({ data }: EventFields, name: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
}

function timeOf(event: EventFields | undefined): number {
  return event?.at ?? Number.NaN;
}

function idOf(event: EventFields | undefined): string {
  return event?.event_id ?? "";
}
