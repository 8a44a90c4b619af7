import { expect, test } from "vitest";
import type { SequenceRule } from "../../../src/alerts/sequences/rule.ts";
import type { Alert } from "../../../src/alerts/alert.ts";
import { START } from "./kit/events.ts";
import { TurnedSequences } from "./kit/turned.ts";

const LOGIN: SequenceRule = {
  alert: "Logins",
  when: "count login.failed >= 2 within 1m by data.user",
  labels: { severity: "critical", team: "{{ $labels.user }}" },
  annotations: { summary: "{{ $value }} failed logins of {{ $labels.user }}" },
};

test("a match raises an alert with the labels of its key and its rule, and templates as they are", () => {
  const turned = new TurnedSequences([LOGIN]);
  for (const at of [0, 10]) turned.record({ type: "login.failed", at, data: { user: "eve" } });
  const alert: Alert = {
    name: "Logins",
    state: "firing",
    labels: { alertname: "Logins", user: "eve", severity: "critical", team: "{{ $labels.user }}" },
    annotations: { summary: "{{ $value }} failed logins of {{ $labels.user }}" },
    value: 2,
    activeAt: START / 1_000 + 10,
    firedAt: START / 1_000 + 10,
  };
  expect(turned.alerts).toEqual([alert]);
  expect(turned.sequences.alerts()).toEqual([alert]);
});

test("an alert is resolved five minutes after its last match, and forgotten 15 minutes later", () => {
  const turned = new TurnedSequences([LOGIN]);
  for (const at of [0, 10, 200, 210]) turned.record({ type: "login.failed", at, data: { user: "eve" } });
  turned.turn(509.9);
  expect(shown(turned.alerts)).toEqual(["firing 10", "firing 10"]);
  turned.turn(510);
  expect(shown(turned.alerts)).toEqual(["firing 10", "firing 10", "resolved 10 510"]);
  turned.turn(1_409);
  expect(shown(turned.sequences.alerts())).toEqual(["resolved 10 510"]);
  turned.turn(1_410);
  expect(turned.sequences.alerts()).toEqual([]);
});

test("keep_firing_for sets the time after the last match", () => {
  const turned = new TurnedSequences([{ ...LOGIN, keep_firing_for: "10s" }]);
  for (const at of [0, 1]) turned.record({ type: "login.failed", at, data: { user: "eve" } });
  turned.turn(11);
  expect(shown(turned.alerts)).toEqual(["firing 1", "resolved 1 11"]);
});

test("an event that was missing resolves the alert at once", () => {
  const turned = new TurnedSequences([{ alert: "Stuck", when: "a not followed by b within 10s by data.k" }]);
  turned.record({ type: "a", at: 0, data: { k: 1 } });
  turned.record({ type: "a", at: 0, data: { k: 2 } });
  turned.turn(11);
  turned.record({ type: "b", at: 20, data: { k: 2 } });
  expect(turned.alerts.map(({ labels: { k }, state }) => `${k} ${state}`)).toEqual([
    "1 firing",
    "2 firing",
    "2 resolved",
  ]);
});

test("an absence fires until the event occurs again", () => {
  const turned = new TurnedSequences([{ alert: "Silent", when: "absent beat for 1m by source" }]);
  turned.record({ type: "beat", at: 0 });
  turned.turn(86_400);
  expect(shown(turned.alerts)).toEqual(["firing 60 at 86400"]);
  turned.record({ type: "beat", at: 90_000 });
  expect(shown(turned.alerts)).toEqual(["firing 60 at 86400", "resolved 60 at 86400 90000"]);
  turned.turn(90_061);
  expect(shown(turned.sequences.alerts())).toEqual(["firing 90060 at 90061"]);
});

test("an absence that passed while the process was down is reported afterwards, and fires its whole time", () => {
  const turned = new TurnedSequences([{ alert: "Stuck", when: "a not followed by b within 10s" }]);
  turned.record({ type: "a", at: 0 });
  turned.restart(3_600);
  expect(turned.alerts).toEqual([]);
  turned.turn(3_600);
  expect(shown(turned.alerts)).toEqual(["firing 10 at 3600"]);
  turned.turn(3_899);
  expect(shown(turned.sequences.alerts())).toEqual(["firing 10 at 3600"]);
  turned.restart(3_899);
  expect(shown(turned.sequences.alerts())).toEqual(["firing 10 at 3600"]);
  turned.turn(3_900);
  expect(shown(turned.sequences.alerts())).toEqual(["resolved 10 at 3600 3900"]);
});

test.each(["goes on", "restarts"])(
  "after the clock is set back, alerts last as long as before: a process that %s",
  (how) => {
    const turned = new TurnedSequences([
      { alert: "Failed", when: "count failed >= 1 within 1m by data.k", keep_firing_for: "5m" },
    ]);
    const ended = (): readonly string[] =>
      turned.alerts.flatMap(({ labels: { k }, state, resolvedAt }) =>
        state === "resolved" ? [`${k} ${(resolvedAt ?? 0) - START / 1_000}`] : [],
      );
    turned.record({ type: "failed", at: 0, data: { k: "before" } });
    turned.turn(60);
    // By an hour and a minute.
    turned.turn(-3_600);
    turned.record({ type: "failed", at: -3_540, data: { k: "after" } });
    if (how === "restarts") turned.restart(-3_500);
    turned.turn(-3_361);
    expect(ended()).toEqual([]);
    turned.turn(-3_360);
    expect(ended()).toEqual(["before -3360"]);
    turned.turn(-3_241);
    expect(ended()).toHaveLength(1);
    turned.turn(-3_240);
    expect(ended()).toEqual(["before -3360", "after -3240"]);
    turned.turn(-3_360 + 899);
    expect(turned.sequences.alerts()).toHaveLength(2);
    turned.turn(-3_360 + 900);
    expect(turned.sequences.alerts()).toHaveLength(1);
  },
);

test("a match of a rule for events raises no alert", () => {
  const turned = new TurnedSequences([{ event: "seen", when: "count a >= 1 within 1s" }]);
  turned.record({ type: "a", at: 0 });
  expect(turned.matches).toHaveLength(1);
  expect(turned.alerts).toEqual([]);
});

test("at most 1,000 alerts of a rule fire, the latest ones", () => {
  const turned = new TurnedSequences([{ alert: "R", when: "count a >= 1 within 1s by data.k" }]);
  for (let k = 0; k < 2_500; k++) turned.record({ type: "a", at: k / 1_000, data: { k } });
  const alerts = turned.sequences.alerts();
  expect(alerts.filter(({ state }) => state === "firing").map(({ labels: { k } }) => Number(k))).toEqual(
    Array.from({ length: 1_000 }, (_, i) => 1_500 + i),
  );
  expect(alerts.filter(({ state }) => state === "resolved")).toHaveLength(1_000);
  turned.turn(1_000);
  expect(turned.sequences.alerts().every(({ state }) => state === "resolved")).toBe(true);
});

// State, time of the match, time of firing if it is later, time of the end.
function shown(alerts: readonly Alert[]): readonly string[] {
  const seconds = (time: number): string => String(time - START / 1_000);
  return alerts.map(({ state, activeAt, firedAt = activeAt, resolvedAt }) =>
    [
      state,
      seconds(activeAt),
      ...(firedAt - activeAt > 0.01 ? [`at ${seconds(firedAt)}`] : []),
      ...(resolvedAt === undefined ? [] : [seconds(resolvedAt)]),
    ].join(" "),
  );
}
