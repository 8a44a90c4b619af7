// What a child process is called in the metrics: the name of its program, never an argument, since arguments hold
// secrets.
import { basename, win32 } from "node:path";
import { firstProgramOf } from "./shell-line.ts";

const MAX_LENGTH = 100;
const UNKNOWN_COMMAND = "unknown";

/** What is known of a program that was to be started. */
export interface StartedProgram {
  /** The program's file. */
  readonly file: string;
  /** The line that `file`, which is a shell then, was given. */
  readonly shellLine?: string | undefined;
  /** Whether there is no such file. */
  readonly isMissing: boolean;
}

/** The base name of the program; of a shell's line, that of the first command's, or the shell's where it has none. */
export function commandName({ file, shellLine, isMissing }: StartedProgram): string {
  const isCmd = /^(?:.*\\)?cmd(?:\.exe)?$/i.test(file);
  if (shellLine !== undefined) {
    // Node.js puts the line for cmd.exe in quotes.
    const line = isCmd ? shellLine.replace(/^"(.*)"$/s, "$1") : shellLine;
    return baseName(firstProgramOf(line, isCmd ? "cmd" : "posix") ?? file);
  }
  // A whole line given for a file, by mistake: its arguments are no names either.
  if (isMissing && /[\s=]/.test(file)) {
    return baseName(firstProgramOf(file, process.platform === "win32" ? "cmd" : "posix") ?? "");
  }
  return baseName(file);
}

// Windows' separators are told apart everywhere: `exec` may be given such a path for a program under Wine or WSL.
function baseName(path: string): string {
  const name = win32.basename(path) || basename(path);
  return name === "" ? UNKNOWN_COMMAND : name.slice(0, MAX_LENGTH);
}
