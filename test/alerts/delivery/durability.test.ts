import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test, vi } from "vitest";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import type { Receiver } from "../../../src/alerts/delivery/receivers/receiver.ts";
import { Silences } from "../../../src/alerts/delivery/routing/silences.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { runNode } from "../../kit/process.ts";
import { firing, resolved } from "./alerts-of.ts";
import { logged } from "./delivery-to.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

const DAY = 86_400;
const repository = resolve(import.meta.dirname, "../../..");

function deliveryIn(directory: string, clock: TurnedClock, ...receivers: readonly Receiver[]): AlertDelivery {
  return new AlertDelivery({ receivers: [] }, { directory, clock, random: () => 0.5, receivers });
}

test("an announced alert is not announced again by the next process, but its end is", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  const a = firing({}, clock.seconds);
  let delivery = deliveryIn(directory, clock, recorder);
  delivery.update([a], clock.seconds);
  await clock.pass(40);
  await delivery.close();
  await clock.leap(7_200);
  delivery = deliveryIn(directory, clock, recorder);
  delivery.update([a], clock.seconds);
  await clock.pass(400);
  expect(recorder.texts).toEqual(["Test firing"]);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await delivery.flush();
  await delivery.close();
  delivery = deliveryIn(directory, clock, recorder);
  await clock.pass(301);
  expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
  await delivery.close();
});

test("a receiver of alerts gets each alert again after the repeat interval, while its group changes and the process restarts", async () => {
  const [directory, clock, recorder] = [
    newFolder("delivery"),
    new TurnedClock(),
    new Recorder("r", "alerts"),
  ];
  const a = firing({ instance: "a" }, clock.seconds);
  let delivery = deliveryIn(directory, clock, recorder);
  // Each hour another alert of the group begins and ends.
  for (let hour = 0; hour < 10; hour++) {
    const b = firing({ instance: "b" }, clock.seconds);
    delivery.update([a, b], clock.seconds);
    await clock.pass(1_800);
    delivery.update([a, resolved(b, clock.seconds)], clock.seconds);
    await clock.pass(1_800);
    await delivery.close();
    delivery = deliveryIn(directory, clock, recorder);
  }
  await delivery.close();
  expect(recorder.texts.filter((text) => text === "Testa firing")).toHaveLength(3);
  expect(recorder.texts.filter((text) => text === "Testb firing")).toHaveLength(10);
});

test("a group that waits goes on waiting in the next process", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  let delivery = deliveryIn(directory, clock, recorder);
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(20);
  await delivery.close();
  delivery = deliveryIn(directory, clock, recorder);
  await clock.pass(5);
  expect(recorder.texts).toEqual([]);
  await clock.pass(6);
  expect(recorder.texts).toEqual(["Test firing"]);
  await delivery.close();
});

test.each(["groups", "alerts"] as const)(
  "a receiver of %s that is away for a day gets what happened, in order, across restarts",
  async (takes) => {
    const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder("r", takes)];
    recorder.outcome = { kind: "failed", reason: "away" };
    let delivery = deliveryIn(directory, clock, recorder);
    const a = firing({}, clock.seconds);
    delivery.update([a], clock.seconds);
    await clock.leap(DAY / 2);
    delivery.update([resolved(a, clock.seconds)], clock.seconds);
    await clock.pass(400);
    await delivery.close();
    delivery = deliveryIn(directory, clock, recorder);
    delivery.update([firing({}, clock.seconds)], clock.seconds);
    await clock.leap(DAY / 2);
    expect(recorder.accepted).toEqual([]);
    recorder.outcome = { kind: "delivered" };
    await clock.pass(90);
    expect(recorder.texts).toEqual(["Test firing", "Test resolved", "Test firing"]);
    expect(delivery.suppression(a.labels).silencedBy).toEqual([]);
    await delivery.close();
  },
);

test("after an outage, an alert that flapped is reported in its first and last state", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  recorder.outcome = { kind: "failed", reason: "away" };
  const delivery = deliveryIn(directory, clock, recorder);
  for (let i = 0; i < 30; i++) {
    const a = firing({}, clock.seconds);
    delivery.update([a], clock.seconds);
    await clock.leap(330);
    delivery.update([resolved(a, clock.seconds)], clock.seconds);
    await clock.leap(330);
  }
  recorder.outcome = { kind: "delivered" };
  await clock.pass(100);
  expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
  await delivery.close();
});

test("after an outage, a group of which an alert still fires is not reported as resolved", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  recorder.outcome = { kind: "failed", reason: "away" };
  const delivery = deliveryIn(directory, clock, recorder);
  const a = firing({ instance: "a" }, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.leap(330);
  const b = firing({ instance: "b" }, clock.seconds);
  delivery.update([a, b], clock.seconds);
  await clock.leap(330);
  delivery.update([a, resolved(b, clock.seconds)], clock.seconds);
  await clock.leap(330);
  recorder.outcome = { kind: "delivered" };
  await clock.pass(100);
  expect(recorder.texts).toEqual([
    "Testa firing",
    "Testa firing, Testb firing",
    "Testa firing, Testb resolved",
  ]);
  await delivery.close();
});

test("a request whose answer was lost is repeated once, with the same id", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  let delivery = deliveryIn(directory, clock, recorder);
  recorder.outcome = "lost";
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(30.1);
  await delivery.close();
  recorder.outcome = { kind: "delivered" };
  delivery = deliveryIn(directory, clock, recorder);
  await clock.pass(3_600);
  expect(recorder.accepted).toHaveLength(2);
  expect(new Set(recorder.accepted.map(({ id }) => id)).size).toBe(1);
  await delivery.close();
});

test.each(["", "{", '{"version":"2"}', "[]", '{"version":1,"groups":[{}],"waiting":[]}', "\0\0\0"])(
  "the damaged state file %j is set aside, and alerts are announced",
  async (text) => {
    const lines = logged();
    const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
    writeFileSync(join(directory, "notifications.json"), text);
    const delivery = deliveryIn(directory, clock, recorder);
    delivery.update([firing({}, clock.seconds)], clock.seconds);
    await clock.pass(31);
    expect(recorder.texts).toEqual(["Test firing"]);
    expect(readFileSync(join(directory, "notifications.json.damaged"), "utf8")).toBe(text);
    expect(lines.join("\n")).toContain("is damaged");
    await delivery.close();
  },
);

test.skipIf(process.platform === "win32")(
  "the files are readable by their user only, and hold no secrets",
  async () => {
    const [directory, clock] = [join(newFolder("delivery"), "new"), new TurnedClock()];
    const delivery = new AlertDelivery(
      {
        receivers: [
          { type: "slack", url: "http://127.0.0.1:9/services/SECRETPATH" },
          { type: "pagerduty", url: "http://127.0.0.1:9/", routingKey: "SECRETKEY".padEnd(32, "x") },
          { type: "webhook", url: "http://u:SECRETWORD@127.0.0.1:9/", headers: { "X-A": "SECRETHEADER" } },
        ],
      },
      { directory, clock },
    );
    delivery.silences.add('alertname="Other"', { until: clock.seconds + 60, comment: "x" });
    delivery.update([firing({}, clock.seconds)], clock.seconds);
    await clock.pass(60);
    // A file that was removed is written anew.
    rmSync(join(directory, "notifications.json"));
    delivery.update([firing({ shop: "b" }, clock.seconds)], clock.seconds);
    await clock.pass(60);
    await delivery.close();
    for (const name of ["notifications.json", "silences.json"]) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(directory, name), "utf8")).not.toContain("SECRET");
    }
    expect(readFileSync(join(directory, "notifications.json"), "utf8")).toContain('"receiver":"slack"');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  },
);

test("a path that is not a folder is logged, and alerts are sent all the same", async () => {
  const lines = logged();
  const [clock, recorder] = [new TurnedClock(), new Recorder()];
  const file = join(newFolder("delivery"), "file");
  writeFileSync(file, "");
  const delivery = deliveryIn(file, clock, recorder);
  const end = delivery.silences.add('alertname="Test"', { until: clock.seconds + DAY, comment: "x" });
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(31);
  expect(recorder.texts).toEqual([]);
  end();
  await clock.pass(301);
  expect(recorder.texts).toEqual(["Test firing"]);
  expect(lines.join("\n")).toContain("cannot be written");
  await delivery.close();
});

test.skipIf(process.platform === "win32")(
  "pipes in place of the files are logged, and block nothing",
  async () => {
    const lines = logged();
    const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
    for (const name of ["notifications.json", "silences.json"])
      execFileSync("mkfifo", [join(directory, name)]);
    const delivery = deliveryIn(directory, clock, recorder);
    delivery.update([firing({}, clock.seconds)], clock.seconds);
    await clock.pass(20);
    expect(lines.join("\n")).toMatch(/notifications\.json" cannot be read \(it must be a file\)/);
    expect(lines.join("\n")).toContain("silences.json is not used");
  },
);

test("silences survive a restart, and others may edit the file", async () => {
  const lines = logged();
  const [directory, clock, recorder] = [
    newFolder("delivery"),
    new TurnedClock(Date.now() / 1_000),
    new Recorder(),
  ];
  let delivery = deliveryIn(directory, clock, recorder);
  delivery.silences.add([{ label: "alertname", operator: "=~", value: 'a"b|Te.*' }], {
    until: new Date(clock.unixMillis() + DAY * 1_000),
    comment: "kept",
  });
  await delivery.close();
  delivery = deliveryIn(directory, clock, recorder);
  expect(delivery.silences.active()).toMatchObject([{ comment: "kept" }]);
  expect(delivery.suppression({ alertname: "Test" }).silencedBy).toHaveLength(1);
  const file = join(directory, "silences.json");

  // A fault changes nothing.
  writeFileSync(file, '[{ "matchers": "alertname=~\\"(\\"", "until": "2999-01-01", "comment": "x" }]');
  await clock.pass(6);
  expect(delivery.silences.active()).toMatchObject([{ comment: "kept" }]);
  expect(lines.join("\n")).toContain("is not used");

  const until = new Date(clock.unixMillis() + 600_000).toISOString();
  writeFileSync(file, JSON.stringify([{ matchers: ['job="x"', 'zone!="y"'], until, comment: "by hand" }]));
  await clock.pass(6);
  expect(delivery.silences.active()).toMatchObject([{ comment: "by hand" }]);
  expect(delivery.suppression({ alertname: "Test" }).silencedBy).toEqual([]);
  expect(delivery.suppression({ job: "x" }).silencedBy).toHaveLength(1);
  const end = delivery.silences.add('alertname="New"', { until: clock.seconds + 60, comment: "new" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject([{ comment: "by hand" }, { comment: "new" }]);
  await clock.pass(6);
  expect(delivery.silences.active().map(({ comment }) => comment)).toEqual(["by hand", "new"]);
  end();
  await clock.pass(6);
  expect(delivery.silences.active().map(({ comment }) => comment)).toEqual(["by hand"]);
  await clock.pass(600);
  expect(delivery.silences.active()).toEqual([]);
  await delivery.close();
});

test("many short silences within a day leave a file that can be read", () => {
  const directory = newFolder("delivery");
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"] });
  const file = join(directory, "silences.json");
  const of = (comment: string) => ({ until: new Date(Date.now() + 30_000), comment });
  const ended = Array.from({ length: 1_000 }, (_, i) => ({ ...of(`${i}`), matchers: 'a="b"' }));
  writeFileSync(file, JSON.stringify(ended));
  vi.setSystemTime(Date.now() + 60_000);
  const silences = new Silences(() => Date.now(), directory);
  silences.add('a="b"', of("one more"));
  expect(new Silences(() => Date.now(), directory).problem).toBeUndefined();
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject([{ comment: "one more" }]);
  // Such a file of an earlier version is used, too.
  writeFileSync(file, JSON.stringify([...ended, { ...of("last"), matchers: 'a="b"' }]));
  silences.look();
  expect(silences.active()).toMatchObject([{ comment: "last" }]);
  // The file does not become too large either.
  for (let i = 0; i < 12; i++) silences.add('a="b"', of("x".repeat(100_000)));
  expect(silences.problem).toMatch(/would have more than .* 1048576 bytes; end some/);
  expect(silences.active()).toHaveLength(13);
  expect(new Silences(() => Date.now(), directory).active().length).toBeGreaterThan(8);
});

test("silences that several processes add at the same time are all kept", async () => {
  const directory = newFolder("silences");
  const program = join(directory, "silences.mjs");
  await build({
    stdin: {
      contents: `
        import { Silences } from "./src/alerts/delivery/routing/silences.ts";
        const silences = new Silences(() => Date.now(), process.argv[2]);
        for (let i = 0; i < 20; i++) {
          silences.add('a="b"', { until: Date.now() / 1_000 + 600, comment: "c" });
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        await silences.close();
      `,
      resolveDir: repository,
    },
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["tachymeter-source"],
    absWorkingDir: repository,
    logLevel: "error",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  // A killed process has left its lock.
  const lock = join(directory, "silences.json.lock");
  writeFileSync(lock, "");
  utimesSync(lock, 1_000, 1_000);
  const running = [1, 2, 3].map(() => runNode({ args: [program, directory], cwd: directory }));
  await Promise.all(running.map(({ exit }) => exit));
  expect(JSON.parse(readFileSync(join(directory, "silences.json"), "utf8"))).toHaveLength(60);
  expect(existsSync(lock)).toBe(false);
});

test("a silence with wrong matchers, an end in the past or no comment is refused with all reasons", () => {
  const clock = new TurnedClock();
  const delivery = new AlertDelivery({ receivers: [] }, { clock });
  const wrong = (matchers: string, until: number, comment: string): string => {
    try {
      delivery.silences.add(matchers, { until, comment });
      return "";
    } catch (error) {
      return String(error);
    }
  };
  expect(wrong('alertname=~"("', clock.seconds - 1, "")).toMatch(
    /matchers must be .*\n.*until must be .*\n.*comment must be/,
  );
  expect(wrong("", clock.seconds + 1, "x")).toContain("matchers must be");
  expect(wrong('severity!="info"', clock.seconds + 1, "x")).toContain("must refuse the empty string");
  expect(wrong('alertname="A"', clock.seconds + 1, "x")).toBe("");
});

test("temporary files of a killed process are removed, and no others are left", async () => {
  const [directory, clock, recorder] = [newFolder("delivery"), new TurnedClock(), new Recorder()];
  const delivery = deliveryIn(directory, clock, recorder);
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(400);
  await delivery.close();
  expect(readdirSync(directory)).toEqual(["notifications.json"]);
  expect(existsSync(join(directory, "silences.json"))).toBe(false);
});
