// Processes of a group that are killed at random moments of writing, folding and takeover. `npm run test:faults` is the
// long form of it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { program, said } from "../group/processes/programs.ts";
import { notedIn, totalIn } from "../group/processes/totals.ts";
import { newFolder } from "../kit/new-folder.ts";
import type { RunningProcess } from "../kit/process.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { Chance } from "./chance.ts";

const KILLS = isLong ? 300 : 8;
const PROCESSES = 4;

process.setMaxListeners(0);

// Counts and notes each count that is written; collects all members now and then, if it is the aggregator.
const counting = `
const { group, own, total } = joined();
const note = journal(process.argv[3]);
let last = 0;
const step = () => {
  own.add(1);
  if (group.write(own)) note(own.value);
  setImmediate(step);
};
const collect = async () => {
  if (group.role === "aggregator") {
    const { total: now } = await total();
    if (now < last) say("fell from " + last + " to " + now);
    last = now;
  }
  setTimeout(collect, 5);
};
step();
void collect();
say("begun");
`;

test.skipIf(process.platform === "win32")(
  "no total falls and nothing is counted twice if processes of a group are killed at any moment",
  async () => {
    const directory = newFolder("group");
    const folder = join(directory, "shop", "v1");
    const journals = newFolder("journals");
    const chance = new Chance(seed);
    const living: RunningProcess[] = [];
    const all: RunningProcess[] = [];
    const begin = async (): Promise<void> => {
      const text = counting.replace("process.argv[3]", JSON.stringify(join(journals, String(all.length))));
      const child = await program(text, {
        directory,
        env: { REPEATS: String(chance.pick([1, 500, 5_000])) },
      });
      all.push(child);
      living.push(child);
      await child.waitForOutput(/^begun$/m);
    };
    mkdirSync(journals, { recursive: true });
    for (let i = 0; i < PROCESSES; i++) await begin();

    const problems: string[] = [];
    let takeovers = 0;
    let last = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(chance.between(0, 30));
      const leader = living.find((child) => said(child, "role").at(-1) === "aggregator");
      const victim =
        leader !== undefined && chance.next() < 0.5 ? leader : chance.pick([living[0]!, ...living.slice(1)]);
      if (victim === leader) takeovers++;
      victim.kill("SIGKILL");
      await victim.exit;
      living.splice(living.indexOf(victim), 1);
      const least = Math.max(last, notedIn(journals));
      const now = totalIn(folder);
      // Each process may have written one count that it has not noted yet.
      const most = notedIn(journals) + all.length;
      if (now < least) problems.push(`kill ${kill}: ${now}, at least ${least}`);
      if (now > most) problems.push(`kill ${kill}: ${now}, at most ${most}`);
      last = now;
      await begin();
    }
    for (const child of all) {
      problems.push(...said(child, "fell"), ...child.stderr.split("\n").filter((line) => line !== ""));
    }
    expect(problems).toEqual([]);
    expect(takeovers).toBeGreaterThan(KILLS / 4);
  },
);
