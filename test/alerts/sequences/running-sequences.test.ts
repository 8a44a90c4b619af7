// Sequences of the running SDK: templates, and a state on disk.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import type { RecordedStore } from "../../../src/alerts/evaluation/recorded-series.ts";
import { SEQUENCES } from "../../../src/alerts/sequences/check-rules.ts";
import type { SequenceRule } from "../../../src/alerts/sequences/rule.ts";
import { RunningSequences } from "../../../src/alerts/sequences/running-sequences.ts";
import { Sequences } from "../../../src/alerts/sequences/sequences.ts";
import { Events } from "../../../src/events/events.ts";
import { newFolder } from "../../kit/new-folder.ts";

const TWICE: SequenceRule = {
  alert: "Twice",
  when: "count failed >= 2 within 1h by data.user",
  labels: { team: "{{ $labels.user }}s" },
  annotations: { summary: "{{ $value }} failures of {{ $labels.user }}" },
};

test("an alert has its templates filled in, and values of keys are not templates", () => {
  const { events, alerts } = begun([TWICE], undefined);
  for (let i = 0; i < 2; i++) record(events, "{{ .bad");
  expect(alerts).toMatchObject([
    {
      state: "firing",
      labels: { user: "{{ .bad", team: "{{ .bads" },
      annotations: { summary: "2 failures of {{ .bad" },
    },
  ]);
});

test("the template of a label that replaces one of the key has the value of the key, also in the next process", async () => {
  const folder = newFolder("sequences");
  const rule = { ...TWICE, labels: { user: "{{ $labels.user | toLower }}" } };
  const { events, running, alerts } = begun([rule], folder);
  for (let i = 0; i < 2; i++) record(events, "Eve");
  expect(alerts).toMatchObject([{ labels: { user: "eve" }, annotations: { summary: "2 failures of eve" } }]);
  running.stop();
  await running.close();
  expect(begun([rule], folder).running.alerts()).toMatchObject([{ labels: { user: "eve" } }]);
});

test("a prolonged alert keeps its labels, also in the next process, and is resolved with them", async () => {
  const rule: SequenceRule = {
    alert: "Stuck",
    when: "a not followed by b within 20ms by data.user",
    labels: { n: "{{ $value }}" },
    annotations: { summary: "{{ $value }}" },
  };
  const folder = newFolder("sequences");
  const first = begun([rule], folder);
  record(first.events, "bob", "a");
  await expect.poll(() => first.alerts).toMatchObject([{ labels: { n: "1" } }]);
  for (let i = 0; i < 2; i++) record(first.events, "bob", "a");
  const prolonged = { value: 2, labels: { n: "1" }, annotations: { summary: "2" } };
  await expect.poll(() => first.running.alerts()).toMatchObject([prolonged]);
  first.running.stop();
  await first.running.close();
  const second = begun([rule], folder);
  expect(second.running.alerts()).toMatchObject([{ value: 2, labels: { n: "1" } }]);
  record(second.events, "bob", "b");
  expect(second.alerts).toMatchObject([{ state: "resolved", labels: { n: "1" } }]);
});

test("events that prolong an alert write no samples and pass nothing on until the next interval", () => {
  const appended: number[] = [];
  const { events, running, alerts } = begun([TWICE], undefined, {
    append: (_time, samples) => void appended.push([...samples].length),
  });
  for (let i = 0; i < 1_000; i++) record(events, "eve");
  expect(alerts).toHaveLength(1);
  expect(appended).toHaveLength(1);
  running.tend();
  expect(appended).toHaveLength(2);
});

const STUCK: readonly SequenceRule[] = ["paid", "shipped"].map((next) => ({
  alert: "Stuck",
  when: `ordered not followed by ${next} within 20ms by data.user`,
}));

test("rules with alerts of the same labels have one alert together, which fires while one of them does", async () => {
  const { events, running, alerts } = begun(STUCK, undefined);
  await bothFire(events, running);
  expect(running.alerts()).toMatchObject([{ state: "firing" }]);
  expect(alerts).toEqual(running.alerts());
  record(events, "eve", "shipped");
  expect(running.alerts()).toEqual(alerts);
  record(events, "eve", "paid");
  expect(alerts.map(({ state }) => state)).toEqual(["firing", "resolved"]);
  expect(running.alerts()).toEqual(alerts.slice(1));
  await bothFire(events, running);
  expect(alerts.map(({ state }) => state)).toEqual(["firing", "resolved", "firing"]);
});

test("keys of a rule whose label replaces the key have one alert, which fires while one of them does", async () => {
  const rule = { ...STUCK[0]!, labels: { user: "{{ $labels.user | toLower }}" } };
  const { events, running, alerts } = begun([rule], undefined);
  for (const user of ["Eve", "eve"]) record(events, user, "ordered");
  await expect.poll(() => running.groups()[0]!.rules[0]!.alerts).toHaveLength(2);
  record(events, "Eve", "paid");
  expect(alerts).toMatchObject([{ state: "firing", labels: { user: "eve" } }]);
  record(events, "eve", "paid");
  expect(alerts.map(({ state }) => state)).toEqual(["firing", "resolved"]);
});

test("an alert that ends since its rule has too many is not resolved while others with its labels fire", () => {
  const { events, running, alerts } = begun([{ ...TWICE, labels: { user: "any" } }], undefined);
  for (let i = 0; i < 2_004; i++) record(events, `user ${i >> 1}`);
  expect(running.groups()[0]!.rules[0]!.alerts).toHaveLength(1_000);
  expect(alerts.map(({ state }) => state)).toEqual(["firing"]);
});

test("an alert of a previous process and one of another rule with the same labels are one alert", async () => {
  const folder = newFolder("sequences");
  const first = begun(ONCE_AND_TWICE, folder);
  record(first.events, "eve");
  first.running.stop();
  await first.running.close();
  const { events, running, alerts } = begun(ONCE_AND_TWICE, folder);
  record(events, "eve");
  expect(statesOfRules(running)).toEqual(["firing", "firing"]);
  expect(alerts).toEqual([]);
  running.replace([]);
  expect(alerts.map(({ state }) => state)).toEqual(["resolved"]);
});

test("an alert that begins or ends does not list all others", () => {
  const list = vi.spyOn(Sequences.prototype, "alertsByRule");
  onTestFinished(() => list.mockRestore());
  const { events, alerts } = begun(ONCE_AND_TWICE, undefined);
  list.mockClear();
  for (let i = 0; i < 2_004; i++) record(events, `user ${i >> 1}`);
  expect(alerts.length).toBeGreaterThan(1_000);
  expect(list).not.toHaveBeenCalled();
});

test("an alert is saved at once also if another one with the same labels fires", async () => {
  const folder = newFolder("sequences");
  const { events, running } = begun(ONCE_AND_TWICE, folder);
  record(events, "eve");
  await running.close();
  record(events, "eve");
  await running.close();
  expect(statesOfRules(begun(ONCE_AND_TWICE, folder).running)).toEqual(["firing", "firing"]);
});

const ONCE_AND_TWICE: readonly SequenceRule[] = [1, 2].map((count) => ({
  alert: "Failed",
  when: `count failed >= ${count} within 1h by data.user`,
}));

test("an alert of a removed rule is resolved, though another rule has resolved its own before", async () => {
  const { events, running, alerts } = begun(STUCK, undefined);
  await bothFire(events, running);
  record(events, "eve", "shipped");
  running.replace([{ file: "sequences", rules: SEQUENCES.settings(STUCK.slice(1)) }]);
  expect(alerts.map(({ state }) => state)).toEqual(["firing", "resolved"]);
});

async function bothFire(events: Events, running: RunningSequences): Promise<void> {
  record(events, "eve", "ordered");
  await expect.poll(() => statesOfRules(running)).toEqual(["firing", "firing"]);
}

function statesOfRules(running: RunningSequences): readonly string[] {
  return running.groups().flatMap(({ rules }) => rules.map(({ state }) => state));
}

test("a rule for events records an event with the match", () => {
  const { events } = begun([{ event: "twice", when: TWICE.when, labels: { a: "b" } }], undefined);
  for (let i = 0; i < 2; i++) record(events, "eve");
  expect(events.recent().at(-1)).toMatchObject({
    event_type: "twice",
    source: "tachymeter.sequences",
    labels: { user: "eve", a: "b" },
    data: { rule: "twice", key: { user: "eve" }, count: 2 },
  });
});

test("partial matches and alerts survive the end of the process", async () => {
  const folder = newFolder("sequences");
  const first = begun([TWICE], folder);
  for (const user of ["eve", "bob", "bob"]) record(first.events, user);
  first.running.stop();
  await first.running.close();
  const second = begun([TWICE], folder);
  expect(second.running.alerts()).toMatchObject([{ labels: { user: "bob" } }]);
  record(second.events, "eve");
  expect(second.alerts).toMatchObject([{ labels: { user: "eve" }, value: 2 }]);
});

test("a process that is killed loses only what happened since the last save", async () => {
  const folder = newFolder("sequences");
  const first = begun([TWICE], folder);
  record(first.events, "eve");
  first.running.tend();
  await first.running.close();
  record(first.events, "bob");
  const second = begun([TWICE], folder);
  for (const user of ["eve", "bob"]) record(second.events, user);
  expect(second.alerts).toMatchObject([{ labels: { user: "eve" } }]);
});

test("a new alert is saved soon, before the next interval", async () => {
  const folder = newFolder("sequences");
  const first = begun([TWICE], folder);
  for (const user of ["bob", "bob"]) record(first.events, user);
  await vi.waitFor(() =>
    expect(begun([TWICE], folder).running.alerts()).toMatchObject([{ labels: { user: "bob" } }]),
  );
});

test("a state is written only if it has changed", async () => {
  const folder = newFolder("sequences");
  const { running, events } = begun([TWICE], folder);
  record(events, "eve");
  running.tend();
  await running.close();
  writeFileSync(join(folder, "sequences.json"), "mine");
  events.record({ event_type: "other", source: "test" });
  running.tend();
  await running.close();
  expect(readFileSync(join(folder, "sequences.json"), "utf8")).toBe("mine");
  record(events, "bob");
  running.tend();
  await running.close();
  expect(JSON.parse(readFileSync(join(folder, "sequences.json"), "utf8"))).toMatchObject({ version: 1 });
});

test("a state that is not JSON is ignored, and replaced by the next one", async () => {
  const folder = newFolder("sequences");
  writeFileSync(join(folder, "sequences.json"), '{"version":1,"ru');
  const { running, events, alerts } = begun([TWICE], folder);
  for (let i = 0; i < 2; i++) record(events, "eve");
  expect(alerts).toHaveLength(1);
  running.stop();
  await running.close();
  expect(JSON.parse(readFileSync(join(folder, "sequences.json"), "utf8"))).toMatchObject({ version: 1 });
});

test("without rules, the state of previous ones is removed", async () => {
  const folder = newFolder("sequences");
  const first = begun([TWICE], folder);
  for (let i = 0; i < 2; i++) record(first.events, "bob");
  first.running.stop();
  await first.running.close();
  expect(readdirSync(folder)).toEqual(["sequences.json"]);
  const none = begun([], folder);
  await none.running.close();
  expect(readdirSync(folder)).toEqual([]);
  const last = begun([TWICE], folder);
  for (let i = 0; i < 2; i++) record(last.events, "bob");
  last.running.tend();
  last.running.replace([]);
  await last.running.close();
  expect(readdirSync(folder)).toEqual([]);
});

function begun(
  rules: readonly SequenceRule[],
  directory: string | undefined,
  store?: RecordedStore,
): { events: Events; running: RunningSequences; alerts: Alert[] } {
  const events = new Events();
  const alerts: Alert[] = [];
  const running = new RunningSequences([{ file: "sequences", rules: SEQUENCES.settings(rules) }], {
    events,
    directory,
    labels: {},
    url: () => undefined,
    isShared: () => false,
    store,
    onAlerts: (changed) => void alerts.push(...changed),
  });
  running.start();
  onTestFinished(async () => {
    running.stop();
    await running.close();
  });
  return { events, running, alerts };
}

function record(events: Events, user: string, type = "failed"): void {
  events.record({ event_type: type, source: "test", data: { user } });
}
