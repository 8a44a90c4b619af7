// One folder of alerts, and several processes that do not know one another.
import { mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { holdLock } from "../../src/io/owner-lock.ts";
import { StateOwner } from "../../src/io/state-owner.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { application } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { runs } from "../kit/test-length.ts";

const WAIT = { timeout: 60_000, interval: 50 };
const PARTS = { name: ".owner", area: "test", refusal: "another process uses the files" };
const program = readFileSync(join(import.meta.dirname, "programs/sharing.mjs"), "utf8");

function claims(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith(".owner-"));
}

test("a second process keeps its alerts in memory, and takes over after kill -9 of the first", async () => {
  const cwd = await application({ "sharing.mjs": program });
  const begin = (name: string): RunningProcess =>
    runNode({ cwd, args: ["sharing.mjs", name], openInput: true });
  const stored = (): string => readFileSync(join(cwd, "alerts/alerts.json"), "utf8");

  const a = begin("A");
  await a.waitForOutput(/A has OnlyA Shared;/);
  a.write("eve\n");
  await vi.waitFor(() => expect(stored()).toContain("OnlyA"), WAIT);
  const b = begin("B");
  await b.waitForOutput(
    /another process uses folder ".*alerts"; until it ends, .* in memory only\. Both processes send/,
  );
  await b.waitForOutput(/B: Shared firing[^]*B has OnlyB Shared;/);
  b.write("bob\n");
  expect(stored()).not.toContain("OnlyB");
  expect(claims(join(cwd, "alerts"))).toHaveLength(1);
  // Long enough for a write of B, if it wrote.
  await b.waitForOutput(/(?:B has OnlyB Shared;\n){5}/);
  expect(stored()).not.toContain("OnlyB");

  // Partial matches are saved at each interval.
  await vi.waitFor(
    () => expect(readFileSync(join(cwd, "alerts/sequences.json"), "utf8")).toContain("eve"),
    WAIT,
  );
  a.kill("SIGKILL");
  await a.exit;
  // The alert of a rule that only A has ends with A.
  await b.waitForOutput(/B: OnlyA resolved/);
  await vi.waitFor(() => expect(stored()).toContain("OnlyB"), WAIT);
  b.write("eve\nbob\n");
  await b.waitForOutput(/B has OnlyB Shared Twice Twice;/);
  expect(b.stdout.match(/B: Shared firing/g)).toHaveLength(1);
  expect(b.stderr.match(/another process uses/g)).toHaveLength(1);

  const saved = (): unknown => JSON.parse(readFileSync(join(cwd, "alerts/sequences.json"), "utf8"));
  const numbers = Array.from({ length: 4 }, () => expect.any(Number));
  const alert = [expect.any(String), ...numbers, null, expect.any(Number)];
  await vi.waitFor(() => expect(saved()).toMatchObject({ rules: [{ alerts: [alert, alert] }] }), WAIT);
  await b.waitForOutput(/B: Twice firing[^]*B: Twice firing/);
  // The file follows the delivery a little later.
  await vi.waitFor(() => {
    const notifications = readFileSync(join(cwd, "alerts/notifications.json"), "utf8");
    expect(JSON.parse(notifications)).toMatchObject({ waiting: [] });
  }, WAIT);
  b.kill("SIGKILL");
  await b.exit;
  const c = begin("C");
  await c.waitForOutput(/C: OnlyC firing[^]*C has OnlyC Shared Twice Twice;/);
  // It goes on firing, and is not announced again.
  expect(c.stdout).not.toMatch(/C: (?:Shared|Twice) /);
  expect(c.stderr).not.toContain("another process uses");
  c.kill("SIGTERM");
  expect(await c.exit).toMatchObject({ code: 0 });
  expect(claims(join(cwd, "alerts"))).toEqual([]);
}, 180_000);

test("a folder has one owner at a time, while processes begin and end", { timeout: 60_000 }, async () => {
  const steps = fc.array(fc.record({ who: fc.nat(5), pause: fc.constantFrom(0, 0, 1, 5) }), {
    minLength: 5,
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const directory = newFolder("owners");
      const owners = new Set<StateOwner>();
      const running = new Map<number, StateOwner>();
      let most = 0;
      for (const { who, pause } of given) {
        const known = running.get(who);
        if (known === undefined) {
          const owner: StateOwner = new StateOwner({
            ...PARTS,
            directory,
            onOwned: () => {
              owners.add(owner);
              most = Math.max(most, owners.size);
            },
          });
          running.set(who, owner);
          owner.begin();
        } else {
          running.delete(who);
          owners.delete(known);
          void known.close();
        }
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
      // One of those that are left owns it in the end.
      await vi.waitFor(() => expect(owners.size).toBe(Math.min(running.size, 1)), WAIT);
      await Promise.all([...running.values()].map((each) => each.close()));
      expect(most).toBeLessThanOrEqual(1);
      expect(claims(directory)).toEqual([]);
    }),
    { numRuns: runs(15) },
  );
});

test("the claim of a dead process is removed, and files in it that are not ours stay", async () => {
  const directory = newFolder("owners");
  const dead = [".owner-0123456789abcdef", ".owner-fedcba9876543210"];
  for (const name of dead) mkdirSync(join(directory, name));
  mkdirSync(join(directory, dead[1]!, "mine"));
  const outcome = await new Promise<string>((resolve) => {
    const owner = new StateOwner({
      ...PARTS,
      directory,
      onOwned: () => void owner.close().then(() => resolve("owned")),
      onRefused: () => resolve("refused"),
    });
    owner.begin();
  });
  expect(outcome).toBe("owned");
  expect(claims(directory)).toEqual([dead[1]]);
});

test("an error in the new owner is logged, and not an unhandled rejection", async () => {
  const directory = newFolder("owners");
  mkdirSync(join(directory, ".owner-0123456789abcdef"));
  const warnings = collectWarnings();
  const owner = new StateOwner({
    ...PARTS,
    directory,
    onOwned: () => {
      throw new TypeError("wrong state");
    },
  });
  onTestFinished(async () => {
    diag.disable();
    await owner.close();
  });
  owner.begin();
  await vi.waitFor(() => expect(warnings.join("\n")).toMatch(/cannot be used \(wrong state\)/), WAIT);
});

test("unfinished claims of killed processes are removed after a minute, and those of living ones stay", async () => {
  const directory = newFolder("owners");
  const unfinished = (digit: string): string => `.owner-${digit.repeat(16)}.new`;
  const [dead, young, living] = [unfinished("0"), unfinished("1"), unfinished("2")];
  for (const name of [dead, young, living]) mkdirSync(join(directory, name));
  const lock = holdLock(join(directory, living), "owner-2222222222222222", () => {});
  const past = new Date(Date.now() - 3_600_000);
  for (const name of [dead, living]) utimesSync(join(directory, name), past, past);
  const owner = new StateOwner({ ...PARTS, directory, onOwned: () => {} });
  onTestFinished(async () => {
    await owner.close();
    await lock.release();
  });
  owner.begin();
  await vi.waitFor(() => expect(claims(directory)).not.toContain(dead), WAIT);
  expect(claims(directory)).toEqual(expect.arrayContaining([young, living]));
});
