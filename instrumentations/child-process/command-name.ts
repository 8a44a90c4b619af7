// The command of a child process: the name of its program, never an argument, since arguments hold secrets.
import { basename, win32 } from "node:path";
import { errorCode } from "../../src/diagnostics/error-message.ts";
import { firstProgramOf, type ShellLanguage } from "./shell-line.ts";

const MAX_LENGTH = 100;
const UNKNOWN_COMMAND = "unknown";
const POSIX_SHELLS: ReadonlySet<string> = new Set(["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"]);

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
  if (shellLine !== undefined) {
    const language = languageOf(file);
    // Node.js puts the line for cmd.exe in quotes.
    const line = language === "cmd" ? shellLine.replace(/^"(.*)"$/s, "$1") : shellLine;
    return baseName((language && firstProgramOf(line, language)) ?? file);
  }
  // A whole line given for a file, by mistake: its arguments are no names either.
  if (isMissing && /[\s=]/.test(file)) {
    return baseName(firstProgramOf(file, process.platform === "win32" ? "cmd" : "posix") ?? "");
  }
  return baseName(file);
}

// Of other shells, such as PowerShell, only the name is shown: their assignments look otherwise.
function languageOf(shell: string): ShellLanguage | undefined {
  const name = baseName(shell)
    .toLowerCase()
    .replace(/\.exe$/, "");
  return name === "cmd" ? "cmd" : POSIX_SHELLS.has(name) ? "posix" : undefined;
}

// Windows' separators count everywhere: `exec` may be given such a path for a program under Wine or WSL.
function baseName(path: string): string {
  const name = win32.basename(path) || basename(path);
  return name === "" ? UNKNOWN_COMMAND : name.slice(0, MAX_LENGTH);
}

/** What is known of a process once it is over, or of one that never was. */
export interface ProcessEnd {
  readonly exitCode: unknown;
  readonly signal: unknown;
  /** Why it could not be started, or was ended by Node.js. */
  readonly error?: unknown;
}

/** The signal, the exit code or, without either, the error's code; `undefined` if the process succeeded. */
export function failureOf({ exitCode, signal, error }: ProcessEnd): string | undefined {
  if (typeof signal === "string") return signal;
  if (typeof exitCode === "number" && exitCode !== 0) return `${exitCode}`;
  return error === undefined ? undefined : (errorCode(error) ?? "_OTHER");
}
