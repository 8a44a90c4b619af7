// Laws of the four forms, with random rules and events.
import fc from "fast-check";
import { expect, test } from "vitest";
import { matchStored } from "../../../src/alerts/sequences/match-stored.ts";
import type { SequenceMatch } from "../../../src/alerts/sequences/match.ts";
import type { SequenceRule } from "../../../src/alerts/sequences/rule.ts";
import { isLong, runs } from "../../kit/test-length.ts";
import { type EventFields, eventOf, START, stream } from "./kit/events.ts";
import { expectedLines } from "./kit/oracle.ts";
import { type Arrival, arrivals, byArrival, rules } from "./kit/random.ts";
import { matchLine, TurnedSequences } from "./kit/turned.ts";

const numRuns = isLong ? 5_000 : 120;
const LATENESS = 4;
// Later than all deadlines and delays of random events.
const END = 1_000;

test("the matches are those of the definition, each as soon as it is certain", () => {
  fc.assert(
    fc.property(rules, arrivals(0), (given, all) => {
      const events = all.map(({ event }) => event);
      const turned = new TurnedSequences(given);
      for (const [i, event] of events.entries()) {
        turned.record(event);
        // The next event may have the same time.
        const before = events.slice(0, i + 1);
        expect(linesOf(turned.matches)).toEqual(expectedLines(given, before, event.at));
      }
      turned.turn(END);
      expect(linesOf(turned.matches)).toEqual(expectedLines(given, events, END));
      expect(turned.sequences.dropped).toEqual({ late: 0, unreadable: 0, evicted: 0 });
    }),
    { numRuns },
  );
});

test("events that arrive late make the same matches, and stored events do, too", async () => {
  await fc.assert(
    fc.asyncProperty(
      rules,
      arrivals(LATENESS),
      fc.infiniteStream(fc.boolean()),
      async (given, all, isTimely) => {
        const turned = new TurnedSequences(given, { lateness: LATENESS });
        for (const { event, arrivesAt } of byArrival(all))
          arrive(turned, event, arrivesAt, isTimely.next().value);
        turned.turn(END);
        const events = inOrder(all);
        expect(linesOf(turned.matches)).toEqual(expectedLines(given, events, END - LATENESS));
        expect(turned.sequences.dropped.late).toBe(0);
        expect(linesOf(await stored(given, events, END - LATENESS))).toEqual(linesOf(turned.matches));
      },
    ),
    { numRuns },
  );
});

test("a process that is started anew at any point makes the same matches", () => {
  const restarts = fc.infiniteStream(fc.integer({ min: 0, max: 4 }));
  fc.assert(
    fc.property(
      rules,
      arrivals(LATENESS),
      fc.constantFrom(0, LATENESS),
      restarts,
      (given, all, lateness, restart) => {
        const [once, often] = [
          new TurnedSequences(given, { lateness }),
          new TurnedSequences(given, { lateness }),
        ];
        for (const { event, arrivesAt } of byArrival(all)) {
          for (const each of [once, often]) arrive(each, event, arrivesAt, true);
          if (restart.next().value === 0) often.restart(arrivesAt);
        }
        for (const each of [once, often]) each.turn(END);
        expect(linesOf(often.matches)).toEqual(linesOf(once.matches));
        expect(often.sequences.alerts()).toEqual(once.sequences.alerts());
      },
    ),
    { numRuns },
  );
});

test("the text of the state, made in slices, is the state", async () => {
  await fc.assert(
    fc.asyncProperty(rules, arrivals(LATENESS), async (given, all) => {
      const turned = new TurnedSequences(given, { lateness: LATENESS });
      for (const { event, arrivesAt } of byArrival(all)) arrive(turned, event, arrivesAt, true);
      const { sequences } = turned;
      const state: unknown = JSON.parse(JSON.stringify(sequences.state()));
      expect(JSON.parse(await sequences.stateText())).toEqual(state);
    }),
    { numRuns: runs(50) },
  );
});

test("with too many keys, memory is bounded, and stored events make the same matches as live ones", async () => {
  await fc.assert(
    fc.asyncProperty(rules, arrivals(0), fc.integer({ min: 1, max: 3 }), async (given, all, maxKeys) => {
      const turned = new TurnedSequences(given, { maxKeys });
      for (const { event } of all) {
        arrive(turned, event, event.at, true);
        expect(turned.sequences.partialMatches).toBeLessThanOrEqual(maxKeys * given.length);
      }
      turned.turn(END);
      const events = inOrder(all);
      expect(linesOf(await stored(given, events, END, maxKeys))).toEqual(linesOf(turned.matches));
      const isComplete = turned.sequences.dropped.evicted === 0;
      const lines = linesOf(turned.matches);
      expect(lines).toEqual(isComplete ? expectedLines(given, events, END) : lines);
    }),
    { numRuns },
  );
});

// A timer may be late, so that only the events move the time.
function arrive(turned: TurnedSequences, event: EventFields, at: number, isTimely: boolean): void {
  if (isTimely) turned.turn(at);
  else turned.set(at);
  turned.offer(event);
}

// The order in which events are stored.
function inOrder(all: readonly Arrival[]): readonly EventFields[] {
  return byArrival(all)
    .map(({ event }) => event)
    .toSorted((left, right) => left.at - right.at);
}

async function stored(
  given: readonly SequenceRule[],
  events: readonly EventFields[],
  until: number,
  maxKeys?: number,
): Promise<readonly SequenceMatch[]> {
  const times = { from: START / 1_000, until: START / 1_000 + until };
  const matches: SequenceMatch[] = [];
  const options = { ...times, maxKeys };
  for await (const match of matchStored(given, stream(events.map(eventOf)), options)) matches.push(match);
  return matches;
}

function linesOf(matches: readonly SequenceMatch[]): readonly string[] {
  return matches.map(matchLine).toSorted();
}
