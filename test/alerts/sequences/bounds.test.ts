// Floods, and states that are damaged.
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { SequenceRule } from "../../../src/alerts/sequences/rule.ts";
import { Sequences } from "../../../src/alerts/sequences/sequences.ts";
import { isLong } from "../../kit/test-length.ts";
import { eventOf } from "./kit/events.ts";
import { arrivals, rules } from "./kit/random.ts";
import { TurnedSequences } from "./kit/turned.ts";

const FORMS: readonly SequenceRule[] = [
  { alert: "Sequence", when: "a followed by b followed by c within 1h by data.k" },
  { alert: "Absence", when: "a not followed by b within 1h by data.k" },
  { alert: "Silence", when: "absent a for 1h by data.k" },
  { alert: "Count", when: "count a >= 1000 within 1h by data.k" },
  { alert: "Distinct", when: "distinct data.v of a >= 1000 within 1h by data.k" },
];
const FLOOD_MILLIS = isLong ? 600_000 : 1_000;

test("a flood of random keys keeps 10,000 partial matches of each rule, and counts the others", () => {
  const sequences = new Sequences(FORMS);
  onTestFinished(() => sequences.close());
  const end = Date.now() + FLOOD_MILLIS;
  let heapBytes = 0;
  let offered = 0;
  while (Date.now() < end || offered < 40_000) {
    for (let i = 0; i < 1_000; i++) {
      offered++;
      sequences.offer(
        eventOf({
          type: "a",
          at: 0,
          timestamp: new Date().toISOString(),
          data: { k: Math.random(), v: offered },
        }),
      );
    }
    if (offered === 20_000) heapBytes = process.memoryUsage().heapUsed;
  }
  expect(sequences.partialMatches).toBe(FORMS.length * 10_000);
  expect(sequences.dropped.evicted).toBe(FORMS.length * (offered - 10_000));
  expect(process.memoryUsage().heapUsed - heapBytes).toBeLessThan(300 * 1024 ** 2);
});

test("the windows of all keys of a rule keep at most 100,000 events", () => {
  const turned = new TurnedSequences(FORMS.slice(3));
  for (let i = 0; i < 250; i++)
    for (let k = 0; k < 1_000; k++) turned.offer({ type: "a", at: 0, data: { k, v: i } });
  const { partialMatches, dropped } = turned.sequences;
  expect(partialMatches).toBeGreaterThan(0);
  expect(partialMatches).toBeLessThanOrEqual(2_000);
  expect(dropped.evicted).toBeGreaterThan(0);
  const kept = turned.sequences
    .state()
    .rules.map(({ partials }) => JSON.stringify(partials).split(/1767\d+/).length);
  for (const each of kept) expect(each).toBeLessThanOrEqual(100_001);
});

test("at most 10,000 events wait for late ones; the oldest are taken before their time", () => {
  const turned = new TurnedSequences([{ alert: "R", when: "count a >= 1 within 1s" }], { lateness: 60 });
  for (let i = 0; i < 10_500; i++) turned.offer({ type: "a", at: 0 });
  expect(turned.matches).toHaveLength(500);
  turned.turn(60);
  expect(turned.matches).toHaveLength(10_500);
});

test("a long value of a key is kept as its beginning and a hash", () => {
  const turned = new TurnedSequences([{ alert: "R", when: "count a >= 2 within 1s by data.k" }]);
  const long = "x".repeat(100_000);
  for (const k of [`${long}1`, `${long}2`, `${long}1`]) turned.offer({ type: "a", at: 0, data: { k } });
  expect(turned.matches.map(({ key }) => key["k"])).toEqual([expect.stringMatching(/^x{111}#[\da-f]{16}$/)]);
});

test("values of a key with separators and numbers in them do not get mixed up", () => {
  const turned = new TurnedSequences([{ alert: "R", when: "count a >= 2 within 1s by data.k, data.v" }]);
  const pairs = [
    ["a", "1:b"],
    ["a1", ":b"],
    ["", "a1:b"],
    ["a", "1:b"],
  ];
  for (const [k, v] of pairs) turned.offer({ type: "a", at: 0, data: { k, v } });
  expect(turned.matches.map(({ key }) => key)).toEqual([{ k: "a", v: "1:b" }]);
});

test("hostile data is read without harm", () => {
  const turned = new TurnedSequences([
    { alert: "R", when: "count a{data.x = 1} >= 1 within 1s by data.k" },
    { alert: "Path", when: "count a{data.__proto__.constructor.name exists} >= 1 within 1s" },
    { alert: "Pattern", when: 'count a{data.s =~ "(a+)+b"} >= 1 within 1s' },
  ]);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const loop: Record<string, unknown> = {};
  loop["x"] = loop;
  const values = [
    revoked.proxy,
    loop,
    null,
    undefined,
    Symbol("x"),
    () => {},
    1n,
    [],
    "text",
    new Date(Number.NaN),
  ];
  for (const data of values) turned.offer({ type: "a", at: 0, data });
  for (const k of values) turned.offer({ type: "a", at: 0, data: { x: 1, k } });
  turned.offer({ type: "a", at: 0, data: { s: "a".repeat(100_000) } });
  expect(turned.matches.map(({ rule, key }) => `${rule} ${key["k"]}`)).toEqual(["R 1", "R text"]);
  expect(turned.sequences.dropped.unreadable).toBe(1);
});

test("a damaged state is ignored in whole or in part, and never throws", () => {
  fc.assert(
    fc.property(rules, arrivals(0), fc.nat(), fc.string(), (given, all, place, text) => {
      const turned = new TurnedSequences(given);
      for (const { event } of all) turned.record(event);
      turned.restart(1_000, (state) => {
        const at = place % state.length;
        const changed = `${state.slice(0, at)}${text}${state.slice(at + text.length)}`;
        return isJson(changed) ? changed : JSON.stringify(changed);
      });
      expect(() => {
        turned.turn(1_000);
        for (const { event } of all) turned.record({ ...event, at: event.at + 1_000 });
        turned.turn(3_000);
      }).not.toThrow();
    }),
  );
});

test("any JSON is accepted as a state", () => {
  fc.assert(
    fc.property(rules, fc.jsonValue(), fc.jsonValue(), (given, top, inner) => {
      const turned = new TurnedSequences(given);
      turned.sequences.restore(top);
      const { rules: states } = turned.sequences.state();
      turned.sequences.restore({
        version: 1,
        time: 0,
        skew: 0,
        rules: states.map((state) => ({
          ...state,
          partials: [inner, ["k", inner], ["k", inner, 1]],
          alerts: [inner],
        })),
        waiting: [inner, [inner, inner]],
      });
      expect(() => turned.turn(1_000)).not.toThrow();
    }),
  );
});

test("the state of a rule that has changed is dropped, that of others is kept", () => {
  const [first, second] = ["a followed by b within 1h", "a followed by c within 1h"];
  const before = new TurnedSequences([
    { alert: "R1", when: first },
    { alert: "R2", when: second },
  ]);
  before.record({ type: "a", at: 0 });
  const after = new TurnedSequences([
    { alert: "R1", when: "a followed by b within 2h" },
    { alert: "R2", when: second },
  ]);
  after.sequences.restore(before.sequences.state());
  after.record({ type: "b", at: 1 });
  after.record({ type: "c", at: 2 });
  expect(after.matches.map(({ rule }) => rule)).toEqual(["R2"]);
});

test("a state has at most 100,000 partial matches, the newest of each rule", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({
    alert: `R${i}`,
    when: `a followed by b within ${i + 1}h by data.k`,
  }));
  const turned = new TurnedSequences(many);
  for (let k = 0; k < 6_000; k++) turned.offer({ type: "a", at: 0, data: { k } });
  const state = turned.sequences.state();
  expect(state.rules.map(({ partials }) => partials.length)).toEqual(many.map(() => 5_000));
  expect(state.rules[0]?.partials[0]).toEqual(["1000", expect.anything()]);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
