// States of two processes, one of which takes over the folder of the other.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SequenceRule } from "../../../src/alerts/sequences/rule.ts";
import { sequence } from "./kit/random.ts";
import { START } from "./kit/events.ts";
import { matchLine, TurnedSequences } from "./kit/turned.ts";

const MIDDLE = 12;
const END = 40;
const KEYS = 4;

const rules: fc.Arbitrary<readonly SequenceRule[]> = fc
  .array(sequence, { minLength: 1, maxLength: 3 })
  .map((sequences) => sequences.map((when, i) => ({ alert: `R${i}`, when: { ...when, by: ["data.k"] } })));

const events = fc
  .array(
    fc.record({
      type: fc.constantFrom("a", "b", "c"),
      at: fc.integer({ min: 0, max: 2 * MIDDLE }),
      data: fc.record({ k: fc.nat(KEYS - 1), v: fc.nat(4) }),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.toSorted((x, y) => x.at - y.at).map((event, i) => ({ ...event, event_id: String(i) })));

test("with the state of another process added, rules go on as if one process had seen all events", () => {
  fc.assert(
    fc.property(rules, events, (given, all) => {
      const [one, even, odd] = Array.from({ length: 3 }, () => new TurnedSequences(given));
      for (const event of all) {
        one!.record(event);
        if (event.at <= MIDDLE) (event.data.k % 2 === 0 ? even : odd)!.record(event);
      }
      one!.turn(END);
      for (const each of [even, odd]) each!.turn(MIDDLE);
      odd!.sequences.restore(JSON.parse(JSON.stringify(even!.sequences.state())));
      for (const event of all) if (event.at > MIDDLE) odd!.record(event);
      odd!.turn(END);
      const lines = [even, odd].flatMap((each) => each!.matches.map(matchLine));
      expect(lines.toSorted()).toEqual(one!.matches.map(matchLine).toSorted());
    }),
  );
});

test("if both processes have a key, the partial match of this one counts, except for a start", () => {
  const given = [
    { alert: "Silent", when: "absent a for 30s" },
    { alert: "Seen", when: "count b >= 2 within 1h" },
  ];
  const [before, started, seen] = Array.from({ length: 3 }, () => new TurnedSequences(given));
  before!.record({ type: "a", at: 5 });
  started!.record({ type: "b", at: 10 });
  started!.sequences.restore(before!.sequences.state());
  started!.turn(36);
  expect(started!.matches.map(matchLine)).toEqual(["Silent 5..35 ×1 a@5"]);
  seen!.record({ type: "a", at: 20 });
  seen!.sequences.restore(before!.sequences.state());
  seen!.turn(60);
  expect(seen!.matches.map(matchLine)).toEqual(["Silent 20..50 ×1 a@20"]);
});

// Both processes see the same key: one its begin, the other its end.
const failing = (): TurnedSequences =>
  new TurnedSequences([
    { alert: "Failing", when: "count f >= 1 within 1m by data.k", keep_firing_for: "5m" },
  ]);

const seen = (turned: TurnedSequences, k: number, at: number): void =>
  turned.record({ type: "f", at, data: { k } });

test("of two alerts with a key, the one that fires counts, then the later one", () => {
  const before = failing();
  const own = failing();
  for (const k of [1, 2]) seen(own, k, 0);
  own.turn(400);
  seen(own, 3, 400);
  for (const k of [2, 3]) seen(before, k, 10);
  before.turn(350);
  seen(before, 1, 350);
  before.turn(400);
  own.sequences.restore(before.sequences.state());
  expect(
    own.sequences
      .alerts()
      .map(({ labels, resolvedAt = Infinity }) => [labels["k"], resolvedAt - START / 1_000]),
  ).toEqual([
    ["1", Infinity],
    ["3", Infinity],
    ["2", 400],
  ]);
});

test("a second state is added to the first one, before any event", () => {
  const given = [{ alert: "Shipped", when: "a followed by b within 1h by data.k" }];
  const [one, two, third] = [
    new TurnedSequences(given),
    new TurnedSequences(given),
    new TurnedSequences(given),
  ];
  one.record({ type: "a", at: 0, data: { k: 1 } });
  two.record({ type: "a", at: 1, data: { k: 2 } });
  third.turn(2);
  for (const each of [one, two]) third.sequences.restore(each.sequences.state());
  for (const k of [1, 2]) third.record({ type: "b", at: 2 + k, data: { k } });
  expect(third.matches.map(({ key }) => key)).toEqual([{ k: "1" }, { k: "2" }]);
});

test("beyond the limit, the alerts of this process stay, and of the others the newest", () => {
  const own = failing();
  const before = failing();
  for (let i = 0; i < 600; i++) seen(own, i, 0);
  for (let i = 0; i < 600; i++) seen(before, 1_000 + i, 1 + i / 100);
  own.turn(10);
  own.sequences.restore(before.sequences.state());
  const kept = own.sequences.alerts().map(({ labels }) => Number(labels["k"]));
  expect(kept).toHaveLength(1_000);
  expect(kept.filter((k) => k < 1_000)).toHaveLength(600);
  expect(Math.min(...kept.filter((k) => k >= 1_000))).toBe(1_200);
});

test.each([[undefined], [{ version: 2 }], [{ version: 1, rules: [1, { id: "x" }] }]])(
  "the state %j of another process changes nothing",
  (other) => {
    const own = new TurnedSequences([{ alert: "A", when: "a followed by b within 1h" }]);
    own.record({ type: "a", at: 1 });
    const before = own.sequences.state();
    own.sequences.restore(other);
    expect(own.sequences.state()).toEqual(before);
  },
);
