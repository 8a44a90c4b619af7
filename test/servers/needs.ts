import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type TestContext, TestRunner } from "vitest";
import { PYTHON } from "./python-client.ts";

/** Programs of every Linux with Node.js, which tests may start by name. All others must be needed first. */
export const USUAL_PROGRAMS: readonly string[] = [
  "bash",
  "env",
  "mount",
  "node",
  "npm",
  "npx",
  "npx.cmd",
  "sh",
  "umount",
  "unshare",
];

// Set by `npm run test:matrix -- bare`: nothing of `npm run servers:install` is there.
const isBare = process.env["TEST_WITHOUT_SERVERS"] === "true";

/**
 * Returns the path of a program. Skips the running test if it is not installed, and says so in the last lines of the
 * run. In continuous integration, in which all are installed, the test fails. `runNode` does the same for its command.
 *
 * @example
 * test("the exported rules are valid", async (context) => {
 *   execFileSync(needs(context, "promtool"), ["check", "rules", file]);
 * });
 */
export function needs(context: TestContext, program: string): string {
  const path = programPath(program);
  skipUnless(context, path !== undefined, program);
  return path ?? program;
}

/** Path of a program to start by the running test, which {@link needs} it. Usual programs keep their name. */
export function neededProgram(program: string): string {
  if (program.includes("/") || USUAL_PROGRAMS.includes(program)) return program;
  const context = TestRunner.getCurrentTest()?.context;
  if (context !== undefined) return needs(context, program);
  const path = programPath(program);
  if (path === undefined) throw new Error(missing(program));
  return path;
}

/**
 * Returns the folder of a package of a newer Debian, or of npm, that `npm run servers:install` has unpacked. Skips like
 * {@link needs} if it is missing.
 */
export function needsFetched(
  context: TestContext,
  name: "congodb" | "opentelemetry-proto" | "prometheus" | "victoria-metrics",
): string {
  const folder = join(import.meta.dirname, "../../.cache/servers", name);
  skipUnless(context, !isBare && existsSync(folder), name);
  return folder;
}

/** Skips like {@link needs} if package `name` is not installed, whose programs are not in the path. */
export function needsPackage(context: TestContext, isThere: boolean, name: string): void {
  skipUnless(context, !isBare && isThere, name);
}

/** Skips like {@link needs} if Debian's Python does not have Prometheus' client. */
export function needsPythonClient(context: TestContext): void {
  const isThere = !isBare && spawnSync(PYTHON, ["-c", "import prometheus_client"]).status === 0;
  skipUnless(context, isThere, "python3-prometheus-client");
}

function skipUnless(context: TestContext, isThere: boolean, name: string): void {
  if (!isThere && process.env["CI"] === "true") throw new Error(missing(name));
  context.skip(!isThere, missing(name));
}

// `test/run.js` counts the tests that are skipped with this reason.
function missing(name: string): string {
  return `${name} is not installed (on Debian, npm run servers:install does it)`;
}

/** Path of a program; `undefined` if it is not installed. */
export function programPath(program: string): string | undefined {
  if (isBare) return undefined;
  // Servers are in folders that are not in every user's path.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/lib/rabbitmq/bin"];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
