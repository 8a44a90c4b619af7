import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newFolder } from "../../kit/new-folder.ts";
import { cleanEnvironment } from "../../kit/process.ts";
import { waitMillis } from "../../kit/test-length.ts";

/** Exit code and output of promtool. */
export interface PromtoolOutcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `promtool` with files in a new folder. */
export function promtool(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  command = "promtool",
): Promise<PromtoolOutcome> {
  const options = {
    cwd: writeFiles(files),
    env: cleanEnvironment(),
    timeout: waitMillis,
    maxBuffer: 2 ** 26,
  };
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

/** Writes files, by their names, to a new folder. A name may contain folders. */
export function writeFiles(files: Readonly<Record<string, string>>): string {
  const folder = newFolder("rules");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
