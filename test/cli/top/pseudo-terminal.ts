// A program in a real pseudo-terminal, whose screen is read back by a terminal emulator.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { expect } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { type ProcessExit, runNode } from "../../kit/process.ts";

/** A size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Options of {@link inTerminal}. */
export interface InTerminalOptions extends Partial<Size> {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A program in a terminal. */
export interface TerminalProgram {
  /** The lines on the screen, without blanks at their ends. */
  lines(): Promise<readonly string[]>;
  /** Waits until the screen matches, and returns it as text. */
  shows(pattern: RegExp): Promise<string>;
  /** Waits until the screen matches no more. */
  hides(pattern: RegExp): Promise<void>;
  /** Presses keys. */
  press(keys: string): void;
  /** Changes the size of the terminal, as the user does. */
  resize(size: Size): void;
  /** Sends a signal to the program. */
  signal(name: NodeJS.Signals): void;
  /** Waits until the program and its terminal are suspended. */
  suspended(): Promise<void>;
  /** Ends the terminal, as a lost connection does. */
  lose(): void;
  /** Whether the program runs. */
  readonly isRunning: boolean;
  /** All that was written, with escape sequences. */
  readonly written: string;
  /** Sizes of the frames in bytes. */
  readonly frames: readonly number[];
  /** The emulator, for colours and modes. */
  readonly emulator: InstanceType<typeof xterm.Terminal>;
  readonly exit: Promise<ProcessExit>;
}

/** Runs a program in a pseudo-terminal of `script`, by default of 80 by 24 characters. */
export function inTerminal({
  command,
  env,
  cwd,
  columns = 80,
  rows = 24,
}: InTerminalOptions): TerminalProgram {
  const folder = newFolder("terminal");
  const [place, pidFile] = [join(folder, "tty"), join(folder, "pid")];
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  // The shells become the program: its process id is known, and no shell writes how it ended.
  const line = `tty > ${place}; stty cols ${columns} rows ${rows}; echo $$ > ${pidFile}; exec ${quoted}`;
  const child = runNode({
    command: "script",
    args: ["-qefc", `exec sh -c ${shellQuoted(line)}`, "/dev/null"],
    cwd,
    env: { TERM: "xterm-256color", LC_ALL: "C.UTF-8", NO_COLOR: "", ...env },
    openInput: true,
  });
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  let fed = 0;
  const update = (): Promise<void> =>
    new Promise((resolve) => {
      const { stdout } = child;
      // A terminal shows a frame once it is whole.
      const begin = stdout.lastIndexOf("\u001B[?2026h");
      const end = begin > stdout.lastIndexOf("\u001B[?2026l") ? begin : stdout.length;
      const news = stdout.slice(fed, end);
      fed = Math.max(fed, end);
      emulator.write(news, resolve);
    });
  const lines = async (): Promise<readonly string[]> => {
    await update();
    const { active } = emulator.buffer;
    return Array.from({ length: emulator.rows }, (_, i) => active.getLine(i)?.translateToString(true) ?? "");
  };
  const text = async (): Promise<string> => (await lines()).join("\n");
  const programId = (): number => Number(readFileSync(pidFile, "utf8"));
  return {
    lines,
    async shows(pattern) {
      await expect.poll(text).toMatch(pattern);
      return text();
    },
    async hides(pattern) {
      await expect.poll(text).not.toMatch(pattern);
    },
    press: (keys) => child.write(keys),
    resize(size) {
      emulator.resize(size.columns, size.rows);
      const args = [
        "-F",
        readFileSync(place, "utf8").trim(),
        "cols",
        `${size.columns}`,
        "rows",
        `${size.rows}`,
      ];
      execFileSync("stty", args);
    },
    signal: (name) => {
      process.kill(programId(), name);
      // `script` stops with its program.
      if (name === "SIGCONT") child.kill(name);
    },
    async suspended() {
      for (const pid of [programId(), child.pid]) {
        await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) T [^)]*$/);
      }
    },
    lose: () => child.kill("SIGKILL"),
    get isRunning() {
      return isRunning(programId());
    },
    get written() {
      return child.stdout;
    },
    get frames() {
      // oxlint-disable-next-line no-control-regex -- synchronized output
      return [...child.stdout.matchAll(/\u001B\[\?2026h.*?\u001B\[\?2026l/gs)].map(([frame]) =>
        Buffer.byteLength(frame),
      );
    },
    emulator,
    exit: child.exit,
  };
}

// A program that has ended may wait for its parent, as "Z".
function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z [^)]*$/.test(readFileSync(path, "utf8"));
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
