import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

/**
 * Skips the running test where a program that it talks to is not in the path, and says why in the run's last lines.
 *
 * @example
 * test("Prometheus scrapes what is exported", async (context) => {
 *   needs(context, "prometheus");
 * });
 */
export function needs(context: TestContext, program: string): void {
  context.skip(
    !isInstalled(program),
    `${program} is not installed (on Debian, npm run servers:install does it)`,
  );
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
