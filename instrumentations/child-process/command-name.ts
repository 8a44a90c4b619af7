// The command name of a child process: the name of its program, never an argument, since arguments may contain
// secrets.
import { basename, win32 } from "node:path";
import { errorCode } from "../../src/diagnostics/error-message.ts";
import { firstProgramOf, type ShellLanguage } from "./shell-line.ts";

const MAX_LENGTH = 100;
const UNKNOWN_COMMAND = "unknown";
const POSIX_SHELLS: ReadonlySet<string> = new Set(["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"]);

/** A program to be started. */
export interface StartedProgram {
  /** The file of the program. */
  readonly file: string;
  /** The command line passed to `file` if that is a shell. */
  readonly shellLine?: string | undefined;
  /** Whether `file` does not exist. */
  readonly isMissing: boolean;
}

/**
 * Returns the base name of the program. For a shell it is that of the first command in its line, or the shell's own
 * name if no command is found.
 */
export function commandName({ file, shellLine, isMissing }: StartedProgram): string {
  if (shellLine !== undefined) {
    const language = languageOf(file);
    // Node.js puts the line for cmd.exe in quotes.
    const line = language === "cmd" ? shellLine.replace(/^"(.*)"$/s, "$1") : shellLine;
    return baseName((language && firstProgramOf(line, language)) ?? file);
  }
  // A whole command line passed as the file by mistake: its arguments must not be recorded either.
  if (isMissing && /[\s=]/.test(file)) {
    return baseName(firstProgramOf(file, process.platform === "win32" ? "cmd" : "posix") ?? "");
  }
  return baseName(file);
}

// For other shells, such as PowerShell, only the shell's name is recorded: their assignments have another syntax.
function languageOf(shell: string): ShellLanguage | undefined {
  const name = baseName(shell)
    .toLowerCase()
    .replace(/\.exe$/, "");
  return name === "cmd" ? "cmd" : POSIX_SHELLS.has(name) ? "posix" : undefined;
}

// Windows separators are recognized on every platform: `exec` may run a program by such a path under Wine or WSL.
function baseName(path: string): string {
  const name = win32.basename(path) || basename(path);
  return name === "" ? UNKNOWN_COMMAND : name.slice(0, MAX_LENGTH);
}

/** The end of a process, or of an attempt to start one. */
export interface ProcessEnd {
  readonly exitCode: unknown;
  readonly signal: unknown;
  /** The reason why it could not be started, or why Node.js ended it. */
  readonly error?: unknown;
}

/** Returns the signal, the exit code or, without either, the error's code; `undefined` if the process succeeded. */
export function failureOf({ exitCode, signal, error }: ProcessEnd): string | undefined {
  if (typeof signal === "string") return signal;
  if (typeof exitCode === "number" && exitCode !== 0) return `${exitCode}`;
  return error === undefined ? undefined : (errorCode(error) ?? "_OTHER");
}
