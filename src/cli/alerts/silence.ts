import { statSync } from "node:fs";
import { join } from "node:path";
import type { Silences } from "../../alerts/index.ts";
import { durationFrom, UsageError, type WordArguments } from "../arguments.ts";
import { Output } from "../output.ts";

/** Silences alerts of an application, by the file of silences in its folder. */
export async function silenceAlerts(
  [directory, matchers, ...others]: readonly string[],
  given: WordArguments,
): Promise<number> {
  if (directory === undefined || matchers === undefined || others.length > 0)
    throw new UsageError(
      `alerts silence: expected a directory and matchers, such as ./alerts 'alertname="DiskFull"'`,
    );
  const seconds = durationFrom("for", given.text("for"));
  if (seconds === undefined) throw new UsageError("alerts silence: --for is missing; write --for 2h");
  assertFolder("silence", directory);
  const { Silences } = await import("../../alerts/index.ts");
  const silences = new Silences(() => Date.now(), directory);
  assertUsable(silences, directory);
  const until = new Date(Date.now() + seconds * 1_000);
  silences.add(matchers, { until, comment: given.text("comment") ?? "silenced by the command line" });
  await silences.close();
  silences.look();
  assertUsable(silences, directory);
  await new Output(process.stdout).write(`silenced until ${until.toISOString()}: ${matchers}\n`);
  return 0;
}

// The application ignores a damaged file.
function assertUsable({ problem }: Silences, directory: string): void {
  if (problem === undefined) return;
  throw new Error(
    `alerts silence: ${join(directory, "silences.json")} cannot be used (${problem}); mend or remove it, then try again`,
  );
}

/** @throws UsageError if the folder of the alerts does not exist. */
export function assertFolder(action: string, directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new UsageError(
    `alerts ${action}: folder "${directory}" not found; specify option alerts.directory of the application, or its history's file followed by .alerts`,
  );
}
