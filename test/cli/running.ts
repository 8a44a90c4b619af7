// The installed command line tool.
import { join } from "node:path";
import { packedProject } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";

/** Runs `tachymeter` with arguments until it exits. */
export async function tachymeter(...args: readonly string[]): Promise<RunningProcess> {
  const { folder, installed } = await packedProject();
  const child = runNode({
    cwd: folder,
    args: [join(installed, "dist", "tachymeter.js"), ...args],
  });
  await child.exit;
  return child;
}
