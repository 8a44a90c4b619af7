// `npm run test:faults` is the long form of it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openSqlite } from "../../src/history/store/sqlite.ts";
import { Store } from "../../src/history/store/index.ts";
import { application, packedModules } from "../kit/packed-project.ts";
import { complaintsOf, type RunningProcess, runNode } from "../kit/process.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { Chance } from "./chance.ts";
import { newFolder } from "../kit/new-folder.ts";

const ROUNDS = isLong ? 100 : 5;
const START = 1_700_000_000_000;
const INTERVAL = 1_000;

// The next round starts this much later, so that its writers seal the data of the previous round.
const ROUND_MILLIS = 3 * 3_600_000;

/** The phases in which a writer can be killed, in the order of the bytes that it writes. */
const PHASES = ["idle", "write", "seal", "commit", "maintenance"] as const;
/** Number of SQLite calls that a process soon makes in each phase; when idle it notes acknowledged steps. */
const CALLS = [20, 300, 80, 20, 40] as const;

/** The point at which a writer is killed. */
interface Aim {
  readonly phase: number;
  /** Number of the call in this phase. */
  readonly call: number;
  /** Whether it waits there; otherwise it continues until it is killed, maybe during that call. */
  readonly isHeld: boolean;
  /** Time from that call to the kill. */
  readonly micros: number;
}

interface Writer {
  readonly life: number;
  readonly process: RunningProcess;
  readonly journal: string;
  readonly underWay: string;
}

/** The last acknowledged step of each kind. */
interface Acknowledged {
  readonly collection: number;
  readonly sample: number;
  readonly event: number;
}

let cwd: string;

beforeAll(async () => {
  const program = (name: string): string => readFileSync(join(import.meta.dirname, "programs", name), "utf8");
  // Each process that runs is one more listener.
  process.setMaxListeners(0);
  await packedModules();
  cwd = await application({
    "writer.mjs": program("history-writer.js"),
    "reader.mjs": program("history-reader.js"),
  });
});

test.skipIf(process.platform === "win32")(
  "acknowledged data is stored exactly once if the two writing processes are killed at any moment while another reads",
  { timeout: isLong ? 3_600_000 : 120_000 },
  async () => {
    const folder = newFolder("history");
    const path = join(folder, "history.db");
    Store.open({ path }).close();
    const chance = new Chance(seed);
    const hits = new Map<string, number>();
    const problems: string[] = [];
    const lives = new Map<number, Acknowledged>();
    let reads = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const reader = runNode({ cwd, args: ["reader.mjs", JSON.stringify({ path })] });
      await reader.waitForOutput(/begun/);
      const writers = [0, 1].map((number) => beginWriter(folder, path, round, number, chance));
      await Promise.all(
        writers.map(async (writer) => {
          const { signal } = await writer.process.exit;
          if (signal !== "SIGKILL") problems.push(`writer ${writer.life} was not killed`);
          const phase = PHASES[readFileSync(writer.underWay)[0] ?? 0] ?? "idle";
          hits.set(phase, (hits.get(phase) ?? 0) + 1);
          lives.set(writer.life, acknowledgedIn(writer.journal));
        }),
      );
      reader.kill("SIGKILL");
      await reader.exit;
      reads += reader.stdout.split("read ").length - 1;
      problems.push(
        ...reader.stdout.split("\n").filter((line) => line.startsWith("problem")),
        ...said(reader),
      );
      problems.push(...writers.flatMap((writer) => said(writer.process)));
    }
    problems.push(...problemsOf(path, lives));
    const steps = [...lives.values()].reduce((sum, { collection }) => sum + collection, 0);
    const amid = PHASES.map((phase) => `${phase} ${hits.get(phase) ?? 0}`).join(", ");
    console.log(
      `${ROUNDS} rounds, ${lives.size} writers killed (amid ${amid}); ${steps} steps acknowledged, ${reads} reads; TEST_SEED=${seed}`,
    );
    expect(problems, `TEST_SEED=${seed}`).toEqual([]);
    expect(steps).toBeGreaterThan(ROUNDS);
    expect(reads).toBeGreaterThan(ROUNDS);
    const missed = PHASES.filter((phase) => !hits.has(phase));
    expect(missed, "phases that no kill hit").toEqual([]);
  },
);

function beginWriter(folder: string, path: string, round: number, number: number, chance: Chance): Writer {
  const life = 2 * round + number;
  const journal = join(folder, `journal-${life}`);
  const underWay = join(folder, `under-way-${life}`);
  const now = START + round * ROUND_MILLIS;
  const aim = aimOf(life, chance);
  const settings = JSON.stringify({ path, life, journal, underWay, start: START, now, aim });
  return { life, journal, underWay, process: runNode({ cwd, args: ["writer.mjs", settings] }) };
}

// Equally often in each phase; half of the writers wait at that point.
function aimOf(life: number, chance: Chance): Aim {
  const phase = life % PHASES.length;
  const isHeld = Math.floor(life / PHASES.length) % 2 === 0;
  return {
    phase,
    call: chance.whole(1, (isLong ? 4 : 1) * (CALLS[phase] ?? 1)),
    isHeld,
    micros: isHeld ? 0 : chance.pick([0, 50, 200, 1_000]),
  };
}

function acknowledgedIn(journal: string): Acknowledged {
  const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
  const lastOf = (kind: string): number =>
    Math.max(
      0,
      ...text.split("\n").map((line) => (line.startsWith(`${kind} `) ? Number(line.split(" ")[1]) : 0)),
    );
  return { collection: lastOf("collection"), sample: lastOf("sample"), event: lastOf("event") };
}

function said(child: RunningProcess): string[] {
  return complaintsOf(child)
    .split("\n")
    .filter((line) => line !== "");
}

// Each step once and in order, up to the last acknowledged one or the one that was running.
function problemsOf(path: string, lives: ReadonlyMap<number, Acknowledged>): string[] {
  const problems: string[] = [];
  const check = (what: string, steps: readonly number[], acknowledged: number): void => {
    const isComplete = steps.length === acknowledged || steps.length === acknowledged + 1;
    if (!isComplete || steps.some((step, i) => step !== i + 1))
      problems.push(
        `${what}: ${acknowledged} acknowledged, there are ${steps.length}: ${steps.join(" ").slice(-200)}`,
      );
  };
  const store = Store.open({ path, readOnly: true });
  for (const metric of ["counter", "gauge"]) {
    for (const { id, attributes, resource } of store.find(metric).flatMap((each) => store.series(each.id))) {
      const life = Number(resource["service.instance.id"]);
      const number = Number(attributes["id"]);
      const steps = [...store.read([id], -Infinity, Infinity)].flatMap((block) => {
        if (block.kind !== "numbers") throw new Error("histograms");
        const values = block.values();
        return Array.from(block.times(), (time, i) => {
          const step = (time - START) / INTERVAL;
          const expected = metric === "counter" ? step * (number + 1) : Math.sin(step + number);
          return values[i] === expected ? step : -1;
        });
      });
      check(`${metric} ${number} of ${life}`, steps, lives.get(life)?.collection ?? 0);
    }
  }
  for (const [life, { sample, event }] of lives) {
    const sampled = store.find(`sampled.${life}`).flatMap(({ id }) => store.series(id));
    const values = sampled.flatMap(({ id }) =>
      [...store.read([id], -Infinity, Infinity)].flatMap((block) =>
        block.kind === "numbers" ? [...block.values()] : [],
      ),
    );
    check(`samples of ${life}`, values, sample);
    check(
      `events of ${life}`,
      [...store.events({ source: String(life) })].map(({ data }) => Number(data)),
      event,
    );
  }
  store.close();
  const database = openSqlite(path);
  const verdict = Object.values(
    database.prepare<Record<string, string>>("PRAGMA integrity_check").get() ?? {},
  );
  if (verdict[0] !== "ok") problems.push(`integrity: ${verdict.join()}`);
  database.close();
  return problems;
}
