import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";
import { PYTHON } from "./python-client.ts";

/**
 * Skips the running test if a program that it needs is not in the path, and says so in the last lines of the run. In
 * continuous integration, in which all are installed, the test fails.
 *
 * @example
 * test("Prometheus scrapes what is exported", async (context) => {
 *   needs(context, "prometheus");
 * });
 */
export function needs(context: TestContext, program: string): void {
  skipUnless(context, programPath(program) !== undefined, program);
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
  skipUnless(context, existsSync(folder), name);
  return folder;
}

/** Skips like {@link needs} if a file of package `name` is missing. */
export function needsFile(context: TestContext, isThere: boolean, name: string): void {
  skipUnless(context, isThere, name);
}

/** Skips like {@link needs} if Debian's Python does not have Prometheus' client. */
export function needsPythonClient(context: TestContext): void {
  const { status } = spawnSync(PYTHON, ["-c", "import prometheus_client"]);
  skipUnless(context, status === 0, "python3-prometheus-client");
}

function skipUnless(context: TestContext, isThere: boolean, name: string): void {
  const problem = `${name} is not installed (on Debian, npm run servers:install does it)`;
  if (!isThere && process.env["CI"] === "true") throw new Error(problem);
  context.skip(!isThere, problem);
}

/** Path of a program; `undefined` if it is not installed. */
export function programPath(program: string): string | undefined {
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
