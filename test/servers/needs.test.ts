import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { neededProgram, programPath } from "./needs.ts";

const tests = join(import.meta.dirname, "..");
// Programs that their packages bring with another name.
const FURTHER = [
  "amtool",
  "java",
  "mariadb-install-db",
  "mariadbd",
  "mosquitto",
  "python3",
  "rabbitmq-server",
];
// The first argument of a function that starts a program: of `node:child_process`, made from one, or of execa.
const STARTED = /\b(?:spawn|spawnSync|exec|execSync|execFile|execFileSync|execa|run)\(\s*["'`]([\w.-]+)/g;

test("each server and tool is started through the kit, which skips the test if it is not installed", () => {
  const brought = broughtPrograms();
  const sources = readdirSync(tests, { recursive: true, encoding: "utf8" });
  const byName = sources
    .filter((file) => file.endsWith(".ts") && file !== join("servers", "needs.test.ts"))
    .flatMap((file) =>
      started(readFileSync(join(tests, file), "utf8"))
        .filter((program) => brought.includes(program))
        .map((program) => `${file}: ${program}`),
    );
  expect(byName).toEqual([]);
});

test("the search finds a program that is started by name", () => {
  expect(broughtPrograms()).toEqual(
    expect.arrayContaining(["promtool", "redis-server", "openssl", "chromium"]),
  );
  expect(started('execFileSync("promtool", ["check", "rules", file])')).toEqual(["promtool"]);
  expect(started("await run(\n    `redis-server`, [])")).toEqual(["redis-server"]);
  expect(started('execFileSync(neededProgram("promtool"), [])')).toEqual([]);
});

test("a usual program and a path are kept, and another program becomes its path", () => {
  expect(neededProgram("bash")).toBe("bash");
  expect(neededProgram("./own")).toBe("./own");
  expect(programPath("no-such-program")).toBeUndefined();
});

/** The programs of `npm run servers:install`. */
function broughtPrograms(): readonly string[] {
  const script = readFileSync(join(import.meta.dirname, "install.sh"), "utf8");
  const [, list = ""] = /^for program in (.*); do$/m.exec(script) ?? [];
  return [...list.split(" "), ...FURTHER];
}

function started(source: string): readonly string[] {
  return [...source.matchAll(STARTED)].map(([, program = ""]) => program);
}
