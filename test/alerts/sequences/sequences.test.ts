import { expect, onTestFinished, test } from "vitest";
import { Sequences } from "../../../src/alerts/sequences/sequences.ts";
import { eventFrom, type SequenceMatch } from "../../../src/alerts/sequences/match.ts";
import { Events } from "../../../src/events/events.ts";
import { matchLine, TurnedSequences } from "./kit/turned.ts";

test("an event that follows another one with the same key is a match", () => {
  const turned = turnedBy("payment.failed followed by payment.failed within 5m by data.order");
  turned.record({ type: "payment.failed", at: 0, data: { order: 1 } });
  turned.record({ type: "payment.failed", at: 100, data: { order: 2 } });
  turned.record({ type: "payment.failed", at: 200, data: { order: 1 } });
  expect(turned.matches).toEqual([
    {
      rule: "R",
      key: { order: "1" },
      events: [
        {
          event_id: "payment.failed@0",
          event_type: "payment.failed",
          source: "test",
          timestamp: "2026-01-01T00:00:00.000Z",
        },
        {
          event_id: "payment.failed@200",
          event_type: "payment.failed",
          source: "test",
          timestamp: "2026-01-01T00:03:20.000Z",
        },
      ],
      firstTime: Date.UTC(2026, 0, 1) / 1_000,
      lastTime: Date.UTC(2026, 0, 1) / 1_000 + 200,
      count: 2,
    },
  ]);
});

test("after a match, a sequence goes on behind its last event", () => {
  const turned = turnedBy("a followed by a within 5m");
  for (const at of [0, 1, 2, 3, 4]) turned.record({ type: "a", at });
  expect(turned.matches.map(matchLine)).toEqual(["R 0..1 ×2 a@0 a@1", "R 2..3 ×2 a@2 a@3"]);
});

test("a later beginning replaces an earlier one that is out of time", () => {
  const turned = turnedBy("a followed by b within 10s");
  turned.record({ type: "a", at: 0 });
  turned.record({ type: "a", at: 9 });
  turned.record({ type: "b", at: 12 });
  expect(turned.matches.map(matchLine)).toEqual(["R 9..12 ×2 a@9 b@12"]);
});

test("an exception between two steps ends the sequence", () => {
  const turned = turnedBy("a followed by b without x, y followed by c within 1m max gap 20s");
  turned.record({ type: "a", at: 0 });
  turned.record({ type: "x", at: 1 });
  turned.record({ type: "b", at: 2 });
  turned.record({ type: "c", at: 3 });
  expect(turned.matches).toEqual([]);
  turned.record({ type: "a", at: 10 });
  turned.record({ type: "b", at: 30 });
  turned.record({ type: "x", at: 31 });
  turned.record({ type: "c", at: 50 });
  expect(turned.matches.map(matchLine)).toEqual(["R 10..50 ×3 a@10 b@30 c@50"]);
  turned.record({ type: "a", at: 60 });
  turned.record({ type: "b", at: 81 });
  turned.record({ type: "c", at: 82 });
  expect(turned.matches).toHaveLength(1);
});

test("an event that does not follow in time is reported at its deadline, without a further event", () => {
  const turned = turnedBy("order.created not followed by order.shipped within 1h by order");
  turned.record({ type: "order.created", at: 0, labels: { order: "A" } });
  turned.record({ type: "order.created", at: 10, data: { order: "B" } });
  turned.record({ type: "order.shipped", at: 3_600, data: { order: "A" } });
  turned.turn(3_610);
  expect(turned.matches).toEqual([]);
  turned.turn(3_610.001);
  expect(turned.matches.map(matchLine)).toEqual(["R B 10..3610 ×1 order.created@10"]);
});

test("an event that is absent is reported for each known key, once until it occurs again", () => {
  const turned = turnedBy("absent heartbeat for 5m by source");
  turned.record({ type: "heartbeat", at: 0, source: "left" });
  turned.record({ type: "heartbeat", at: 0, source: "right" });
  turned.record({ type: "heartbeat", at: 200, source: "left" });
  turned.turn(1_000);
  expect(turned.matches.map(matchLine)).toEqual([
    "R right 0..300 ×1 heartbeat@0",
    "R left 200..500 ×1 heartbeat@200",
  ]);
  turned.record({ type: "heartbeat", at: 2_000, source: "left" });
  turned.turn(2_301);
  expect(turned.matches.slice(2).map(matchLine)).toEqual(["R left 2000..2300 ×1 heartbeat@2000"]);
});

test("an event without a key is absent from the start of the process on", () => {
  const turned = turnedBy("absent backup.done for 1d");
  turned.turn(86_401);
  expect(turned.matches.map(matchLine)).toEqual(["R 0..86400 ×0"]);
});

test("a number of events in a sliding window is a match", () => {
  const turned = turnedBy("count login.failed >= 3 within 10s by source");
  for (const at of [0, 5, 11, 12, 13, 14, 15]) turned.record({ type: "login.failed", at });
  expect(turned.matches.map(matchLine)).toEqual([
    "R test 5..12 ×3 login.failed@12",
    "R test 13..15 ×3 login.failed@15",
  ]);
});

test("a number of distinct values in a sliding window is a match", () => {
  const turned = turnedBy("distinct data.ip of login >= 3 within 10s by data.user");
  const logins: [number, string][] = [
    [0, "x"],
    [1, "y"],
    [2, "x"],
    [11.5, "z"],
    [12, "w"],
    [13, "v"],
  ];
  for (const [at, ip] of logins) turned.record({ type: "login", at, data: { ip, user: "u" } });
  expect(turned.matches.map(matchLine)).toEqual(["R u 2..12 ×3 login@12"]);
});

test("conditions on type, source, labels and data decide which events count", () => {
  const turned = turnedBy(
    'count *{type =~ "pay.*", source != "test", labels.region in ("eu", "us"), data.amount > 100, data.card.id exists} >= 1 within 1s',
  );
  const good = {
    type: "payed",
    at: 1,
    source: "shop",
    labels: { region: "eu" },
    data: { amount: 101, card: { id: 0 } },
  };
  turned.record(good);
  expect(turned.matches).toHaveLength(1);
  turned.record({ ...good, type: "bought" });
  turned.record({ ...good, source: "test" });
  turned.record({ ...good, labels: { region: "asia" } });
  turned.record({ ...good, data: { amount: 100, card: { id: 0 } } });
  turned.record({ ...good, data: { amount: "200", card: {} } });
  expect(turned.matches).toHaveLength(1);
  turned.record({ ...good, data: { amount: "200", card: { id: "" } } });
  expect(turned.matches).toHaveLength(2);
});

test("events of other processes that arrive late are put in order", () => {
  const turned = turnedBy("a followed by b within 5s", { lateness: 2 });
  turned.turn(10);
  turned.offer({ type: "b", at: 9.5 });
  turned.offer({ type: "a", at: 9 });
  turned.turn(11.4);
  expect(turned.matches).toEqual([]);
  turned.turn(11.5);
  expect(turned.matches.map(matchLine)).toEqual(["R 9..9.5 ×2 a@9 b@9.5"]);
  turned.offer({ type: "a", at: 9.4 });
  turned.turn(20);
  expect(turned.sequences.dropped).toEqual({ late: 1, unreadable: 0, evicted: 0 });
});

test("an event from a clock ahead waits for its time", () => {
  const turned = turnedBy("a followed by b within 5s");
  turned.offer({ type: "b", at: 3 });
  turned.offer({ type: "a", at: 2 });
  expect(turned.matches).toEqual([]);
  turned.turn(3);
  expect(turned.matches.map(matchLine)).toEqual(["R 2..3 ×2 a@2 b@3"]);
});

test("a clock that is set back loses no event, and reports no absence early", () => {
  const turned = turnedBy("a not followed by b within 10s");
  turned.record({ type: "a", at: 5_000 });
  turned.record({ type: "c", at: 1_000 });
  turned.turn(1_000);
  turned.record({ type: "b", at: 1_005 });
  turned.turn(1_200);
  expect(turned.matches).toEqual([]);
  turned.record({ type: "a", at: 1_201 });
  turned.turn(1_211);
  expect(turned.matches).toEqual([]);
  turned.turn(1_212);
  expect(turned.matches.map(matchLine)).toEqual(["R 1201..1211 ×1 a@1201"]);
  expect(turned.sequences.dropped.late).toBe(0);
});

test("an event whose data throws is counted, and the rules that do not read it see it", () => {
  const turned = new TurnedSequences([
    { alert: "Reads", when: "count a{data.x = 1} >= 1 within 1s" },
    { alert: "Blind", when: "count a >= 1 within 1s" },
  ]);
  turned.record({
    type: "a",
    at: 0,
    data: {
      get x() {
        throw new Error("no");
      },
    },
  });
  turned.record({ type: "a", at: 1, timestamp: "yesterday" });
  expect(turned.matches.map(({ rule }) => rule)).toEqual(["Blind"]);
  expect(turned.sequences.dropped.unreadable).toBe(2);
});

test("the events of rules are not offered to rules, so that rules cannot feed themselves", () => {
  const events = new Events();
  const matches: SequenceMatch[] = [];
  const sequences = new Sequences([{ event: "a", when: "count a >= 1 within 1s" }], {
    onMatch: (match, rule) => {
      matches.push(match);
      events.record(eventFrom(rule, match));
    },
  });
  onTestFinished(() => sequences.close());
  events.on("*", (event) => sequences.offer(event));
  events.record({ event_type: "a", source: "shop" });
  expect(matches).toHaveLength(1);
  expect(events.recent().map(({ event_type: type, source }) => [type, source])).toEqual([
    ["a", "shop"],
    ["a", "tachymeter.sequences"],
  ]);
});

test("a callback that throws or records events disturbs neither the caller nor the order of matches", () => {
  const seen: string[] = [];
  const turned = new TurnedSequences(
    [
      { alert: "A", when: "count a >= 1 within 1s" },
      { alert: "B", when: "count b >= 1 within 1s" },
      { alert: "A2", when: "count a >= 1 within 2s" },
    ],
    {
      onMatch: ({ rule }) => {
        seen.push(rule);
        if (rule === "A") turned.offer({ type: "b", at: 0 });
        throw new Error("callback");
      },
    },
  );
  turned.offer({ type: "a", at: 0 });
  expect(seen).toEqual(["A", "A2", "B"]);
});

test("keys beyond the limit replace the oldest ones, which are counted", () => {
  const turned = new TurnedSequences([{ alert: "R", when: "a followed by b within 1h by data.k" }], {
    maxKeys: 2,
  });
  for (const k of [1, 2, 3]) turned.record({ type: "a", at: k, data: { k } });
  for (const k of [1, 2, 3]) turned.record({ type: "b", at: 10, data: { k } });
  expect(turned.matches.map(({ key }) => key)).toEqual([{ k: "2" }, { k: "3" }]);
  expect(turned.sequences.dropped.evicted).toBe(1);
});

test("the real timer reports an absence within 100 ms of its deadline, without a further event", async () => {
  // The machine may be slow: the best of several tries counts.
  const late: number[] = [];
  for (let i = 0; i < 20 && Math.min(...late) > 100; i++) {
    await new Promise<void>((resolve) => {
      const sequences = new Sequences([{ alert: "R", when: "a not followed by b within 50ms" }], {
        onMatch: ({ lastTime }) => {
          late.push(Date.now() - lastTime * 1_000);
          sequences.close();
          resolve();
        },
      });
      const events = new Events();
      events.on("*", (event) => sequences.offer(event));
      events.record({ event_type: "a", source: "test" });
      // The timer of the sequences keeps no process alive.
      setTimeout(() => {}, 200);
    });
  }
  expect(Math.min(...late)).toBeGreaterThan(0);
  expect(Math.min(...late)).toBeLessThanOrEqual(100);
});

function turnedBy(when: string, options = {}): TurnedSequences {
  return new TurnedSequences([{ alert: "R", when }], options);
}
