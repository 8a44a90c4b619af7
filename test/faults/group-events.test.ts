// Processes of a group that record events and are killed at random moments. `npm run test:faults` is the long form of it.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { application } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { Chance } from "./chance.ts";

const KILLS = isLong ? 100 : 4;
const PROCESSES = 3;

// Records numbered events. If it is not the aggregator, it notes each number once its tick has ended.
const recording = `
import { openSync, writeSync } from "node:fs";
import { running } from "tachymeter";
const [source, notes] = process.argv.slice(2);
const { events, group } = running();
const file = openSync(notes + "/" + source, "w");
let number = 0;
let role;
setInterval(() => {
  if (role !== group.role) console.log("role " + (role = group.role));
  for (let i = 0; i < 5; i++) {
    const own = number++;
    const isMember = group.role === "member";
    events.record({ event_type: "step", source, data: own });
    queueMicrotask(() => {
      if (isMember && group.role === "member") writeSync(file, String(own).padStart(12), 0);
    });
  }
}, 2);
`;

test("no event of a member is lost, and all are in order, if processes are killed at any moment", async () => {
  const cwd = await application({ "app.mjs": recording });
  const notes = newFolder("notes");
  const log = join(newFolder("log"), "events.jsonl");
  const chance = new Chance(seed);
  const all: RunningProcess[] = [];
  const living: RunningProcess[] = [];
  const begin = async (): Promise<void> => {
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs", `process-${all.length}`, notes],
      env: {
        OTEL_SERVICE_NAME: "shop",
        OTEL_METRICS_EXPORTER: "none",
        TACHYMETER_GROUP: "faults",
        TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
        TACHYMETER_EVENT_LOG: log,
      },
    });
    all.push(child);
    living.push(child);
    await child.waitForOutput(/^role/m);
  };
  for (let i = 0; i < PROCESSES; i++) await begin();
  let takeovers = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(chance.between(0, 300));
    const leader = living.find(({ stdout }) =>
      /^role (?:aggregator|alone)\n(?![^]*^role member)/m.test(stdout),
    );
    const victim =
      leader !== undefined && chance.next() < 0.5 ? leader : chance.pick([living[0]!, ...living.slice(1)]);
    if (victim === leader) takeovers++;
    victim.kill("SIGKILL");
    await victim.exit;
    living.splice(living.indexOf(victim), 1);
    await begin();
  }
  const lost = (): string[] => {
    const logged = numbersBySource(log);
    return readdirSync(notes).flatMap((source) => {
      const noted = Number(readFileSync(join(notes, source), "latin1") || -1);
      const last = logged.get(source)?.at(-1) ?? -1;
      return last >= noted ? [] : [`${source}: ${noted} noted, ${last} logged`];
    });
  };
  // The living ones go on, so that each look finds new numbers.
  for (const child of living.slice(1)) child.kill("SIGKILL");
  await expect.poll(lost, { timeout: 20_000, interval: 500 }).toEqual([]);
  for (const numbers of numbersBySource(log).values())
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(takeovers).toBeGreaterThan(0);
  expect(
    all.flatMap(({ stderr }) => stderr.split("\n").filter((line) => /error|damaged|not kept/i.test(line))),
  ).toEqual([]);
});

// Each number once, in the order of the log and the files that it was rotated to. The last line may be being written.
function numbersBySource(log: string): ReadonlyMap<string, readonly number[]> {
  const folder = dirname(log);
  const files = readdirSync(folder).toSorted();
  const lines = files.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1));
  const numbers = new Map<string, Set<number>>();
  for (const line of lines) {
    const { event_type: type, source, data } = JSON.parse(line);
    if (type !== "step") continue;
    const own = numbers.get(source) ?? new Set();
    numbers.set(source, own.add(data));
  }
  return new Map([...numbers].map(([source, own]) => [source, [...own]]));
}
