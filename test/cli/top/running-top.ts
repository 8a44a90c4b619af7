// `tachymeter top` of the packed tool, in a pseudo-terminal.
import { join } from "node:path";
import { packedProject } from "../../kit/packed-project.ts";
import { inTerminal, type InTerminalOptions, type TerminalProgram } from "./pseudo-terminal.ts";

/** Runs `tachymeter top` with arguments in a terminal. */
export async function topInTerminal(
  args: readonly string[],
  options: Omit<InTerminalOptions, "command" | "cwd"> = {},
): Promise<TerminalProgram> {
  const { folder, installed } = await packedProject();
  const tool = join(installed, "dist", "tachymeter.js");
  return inTerminal({ ...options, cwd: folder, command: [process.execPath, tool, "top", ...args] });
}
