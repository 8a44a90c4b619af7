// The state folder of one process: whole states only, whatever happens to its writer or its files.
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StateReader } from "../../../src/group/processes/state-reader.ts";
import { type FigureSource, StateWriter } from "../../../src/group/processes/state-writer.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { program } from "./programs.ts";

interface Figures extends FigureSource {
  log: Uint8Array;
  cells: Uint8Array[];
  logNumber: number;
}

function figures(log = "", ...cells: readonly string[]): Figures {
  return {
    log: Buffer.from(log),
    cells: cells.map((piece) => Buffer.from(piece)),
    logNumber: 0,
    logFrom(from) {
      return this.log.subarray(from);
    },
  };
}

function folderWith(...sources: readonly Figures[]): { folder: string; writer: StateWriter } {
  const folder = newFolder("state");
  const writer = new StateWriter(folder);
  for (const source of sources) writer.write(source);
  return { folder, writer };
}

function texts(reader: StateReader): { log: string; cells: string; isLogNew: boolean } | string | undefined {
  const state = reader.read();
  if (state === undefined) return reader.trouble;
  const [log, cells] = [Buffer.from(state.log).toString(), Buffer.from(state.cells).toString()];
  return { log, cells, isLogNew: state.isLogNew };
}

test("a reader gets all cells, and of the log what is new", () => {
  const { folder, writer } = folderWith();
  const reader = new StateReader(folder);
  expect(texts(reader)).toBeUndefined();
  const source = figures("ab", "1", "23");
  writer.write(source, 5);
  expect(texts(reader)).toEqual({ log: "ab", cells: "123", isLogNew: true });
  expect(reader).toMatchObject({ timeUnixMillis: 5, pid: process.pid, sequence: 1 });
  expect(texts(reader)).toBeUndefined();
  source.log = Buffer.from("abcd");
  source.cells = [Buffer.from("4")];
  writer.write(source, 4);
  expect(texts(reader)).toEqual({ log: "cd", cells: "4", isLogNew: false });
  expect(reader.timeUnixMillis).toBe(4);
  writer.write(source);
  writer.write(source);
  expect(texts(reader)).toEqual({ log: "", cells: "4", isLogNew: false });
});

test("numbers in a state are aligned", () => {
  const { folder } = folderWith({ ...figures("abc"), cells: [new Uint8Array(Float64Array.of(1, 2).buffer)] });
  const state = new StateReader(folder).read();
  expect(new Float64Array(state!.cells.buffer)).toEqual(Float64Array.of(1, 2));
});

test("a log that starts again is read from its beginning, and its old file is removed", () => {
  const source = figures("abcdef", "1");
  const { folder, writer } = folderWith(source);
  const reader = new StateReader(folder);
  const late = new StateReader(folder);
  expect(texts(reader)).toMatchObject({ log: "abcdef" });
  source.log = Buffer.from("xy");
  source.logNumber = 7;
  writer.write(source);
  expect(texts(reader)).toEqual({ log: "xy", cells: "1", isLogNew: true });
  expect(texts(late)).toEqual({ log: "xy", cells: "1", isLogNew: true });
  expect(statSync(join(folder, "log.0"), { throwIfNoEntry: false })).toBeUndefined();
});

test("a removed folder is noticed, and a new one continues its state", () => {
  const source = figures("ab", "1");
  const { folder, writer } = folderWith(source);
  const reader = new StateReader(folder);
  reader.read();
  expect(writer.isGone).toBe(false);
  for (const name of ["head", "log.0", "cells.0", "cells.1"]) rmSync(join(folder, name));
  expect(writer.isGone).toBe(true);
  expect(texts(reader)).toBe("its files were removed");
  const again = new StateWriter(folder, writer);
  again.write(source);
  expect(texts(reader)).toEqual({ log: "ab", cells: "1", isLogNew: true });
  expect(reader.sequence).toBe(2);
});

/** Two pieces of cells, and a function that is called between their writings. */
class InterruptedPieces extends Array<Uint8Array> {
  readonly #interrupt: () => void;

  constructor(interrupt: () => void) {
    super();
    this.#interrupt = interrupt;
  }

  override *[Symbol.iterator](): ArrayIterator<Uint8Array> {
    yield Buffer.from("late ");
    this.#interrupt();
    yield Buffer.from("cells");
  }
}

test.each([1, 2, 3])(
  "a writer that continues amid state %i of another one is not harmed by its end",
  (amid) => {
    const { folder, writer: first } = folderWith(figures("first", "0"));
    const reader = new StateReader(folder);
    reader.read();
    const last = { sequence: first.sequence, logNumber: first.logNumber };
    const other = new StateWriter(folder, last);
    const source = figures("", "");
    for (let i = 1; i < amid; i++) {
      source.log = Buffer.from("other".repeat(i));
      source.cells = [Buffer.from(`other ${i}`)];
      other.write(source);
    }
    const whole = amid === 1 ? last : other;
    let own: StateWriter | undefined;
    let after: StateReader | undefined;
    const interrupt = (): void => {
      own = StateWriter.after(folder, whole);
      // The last whole state is there until the first own one.
      after = new StateReader(folder);
      expect(texts(after)).toMatchObject({ cells: amid === 1 ? "0" : `other ${amid - 1}` });
      own.write(figures("own", "1"));
    };
    const interrupted = figures("other".repeat(amid));
    interrupted.cells = new InterruptedPieces(interrupt);
    other.write(interrupted);
    expect(texts(reader)).toEqual({ log: "own", cells: "1", isLogNew: true });
    own?.write(figures("own, more", "2"));
    expect(texts(after!)).toEqual({ log: "own, more", cells: "2", isLogNew: true });
    expect(readdirSync(folder).toSorted()).toEqual(["cells.0", "cells.1", "head", `log.${own!.logNumber}`]);
  },
);

test("files are readable by their user only", () => {
  const { folder } = folderWith(figures("a", "b"));
  for (const name of ["head", "log.0", "cells.0", "cells.1"])
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

describe("a state is not read if", () => {
  const cases: Readonly<Record<string, [harm: (folder: string) => void, trouble: string | undefined]>> = {
    "its head is empty": [(folder) => truncateSync(join(folder, "head")), undefined],
    "its head is damaged": [
      (folder) => writeFileSync(join(folder, "head"), "x".repeat(128)),
      "its head is damaged",
    ],
    "its head is cut off": [(folder) => truncateSync(join(folder, "head"), 30), "its head is damaged"],
    "its log is shorter than its head says": [
      (folder) => truncateSync(join(folder, "log.0"), 1),
      "its log is missing or shorter than its head says",
    ],
    "its log is missing": [
      (folder) => rmSync(join(folder, "log.0")),
      "its log is missing or shorter than its head says",
    ],
    "its log is damaged": [(folder) => writeFileSync(join(folder, "log.0"), "abX"), "its log is damaged"],
    "its cells are shorter than its head says": [
      (folder) => truncateSync(join(folder, "cells.1"), 1),
      "its cells are missing or shorter than its head says",
    ],
    "its cells are damaged": [
      (folder) => writeFileSync(join(folder, "cells.1"), "1X3"),
      "its cells are damaged",
    ],
    "a file is a link": [
      (folder) => {
        rmSync(join(folder, "cells.1"));
        symlinkSync("/etc/passwd", join(folder, "cells.1"));
      },
      "one of its files is a symbolic link",
    ],
    "the folder is removed": [(folder) => rmSync(folder, { recursive: true }), "its files were removed"],
  };
  test.each(Object.entries(cases))("%s", (_, [harm, trouble]) => {
    const { folder } = folderWith(figures("abc", "123"));
    harm(folder);
    expect(texts(new StateReader(folder))).toBe(trouble);
  });
});

test("bytes beyond the lengths of the head do not matter", () => {
  const { folder } = folderWith(figures("abc", "123"));
  for (const name of ["head", "log.0", "cells.1"]) appendFileSync(join(folder, name), "more");
  expect(texts(new StateReader(folder))).toMatchObject({ log: "abc", cells: "123" });
});

test("any cut or changed byte of any file leaves a whole state or none", () => {
  const whole = new Set(["abc 1", "abcdef 23"]);
  fc.assert(
    fc.property(
      fc.constantFrom("head", "log.0", "cells.0", "cells.1"),
      fc.nat(127),
      fc.boolean(),
      (name, position, isCut) => {
        const { folder } = folderWith(figures("abc", "1"), figures("abcdef", "23"));
        const path = join(folder, name);
        const bytes = readFileSync(path);
        if (isCut) truncateSync(path, Math.min(position, bytes.length));
        else if (position < bytes.length) {
          bytes[position] = bytes[position]! ^ 0xff;
          writeFileSync(path, bytes);
        }
        const state = new StateReader(folder).read();
        if (state === undefined) return;
        expect(whole).toContain(
          `${Buffer.from(state.log).toString()} ${Buffer.from(state.cells).toString()}`,
        );
      },
    ),
  );
});

const writing = `
const { group, own } = joined({ onRole() {} });
say("id " + group.id);
for (let i = 1; ; i++) {
  own.add(1);
  group.write(own);
  if (i % 50 === 0) say("wrote " + i);
}`;

test("a reader beside a writer that never rests sees whole states only, and none twice", async () => {
  const directory = newFolder("group");
  const child = await program(writing, { directory, env: { REPEATS: "2000" } });
  const [, id] = await child.waitForOutput(/^id (\w+)$/m);
  const reader = new StateReader(join(directory, "shop", "v1", id!));
  let last = -1;
  let logLength = 0;
  for (let states = 0; states < 200;) {
    const state = reader.read();
    if (state === undefined) {
      await new Promise((resolve) => void setImmediate(resolve));
      continue;
    }
    states++;
    const values = new Float64Array(state.cells.buffer);
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toBeGreaterThan(last);
    last = values[0]!;
    logLength += state.log.length;
  }
  expect(logLength).toBe(reader.sequence);
});

test("a new reader finds a state beside a writer that never rests", async () => {
  const directory = newFolder("group");
  const child = await program(
    writing.replace("for (", "own.logFrom = (from) => new Uint8Array(1_000_000 - from);\nfor ("),
    { directory, env: { REPEATS: "500" } },
  );
  const [, id] = await child.waitForOutput(/^id (\w+)$/m);
  await child.waitForOutput(/^wrote 1000$/m);
  for (let i = 0; i < 100; i++) {
    const reader = new StateReader(join(directory, "shop", "v1", id!));
    expect([reader.read()?.log.length, reader.trouble]).toEqual([1_000_000, undefined]);
  }
});

test("a process killed while it writes leaves its last whole state", async () => {
  const directory = newFolder("group");
  await Promise.all(
    [50, 100, 150, 200].map(async (until) => {
      const child = await program(writing, { directory, env: { REPEATS: "20000" } });
      await child.waitForOutput(new RegExp(`^wrote ${until}$`, "m"));
      child.kill("SIGKILL");
      await child.exit;
      const [, id] = /^id (\w+)$/m.exec(child.stdout)!;
      const wrote = Math.max(
        ...[...child.stdout.matchAll(/^wrote (\d+)$/gm)].map(([, each]) => Number(each)),
      );
      const state = new StateReader(join(directory, "shop", "v1", id!)).read();
      const values = new Set(new Float64Array(state!.cells.buffer));
      expect(values.size).toBe(1);
      expect([...values][0]).toBeGreaterThanOrEqual(wrote);
      // The first state was written when the process joined.
      expect(state!.log.length).toBe([...values][0]! + 1);
    }),
  );
});
