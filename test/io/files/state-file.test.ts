import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { assertFileVersion } from "../../../src/io/files/file-version.ts";
import { StateFile, type StateFileParts } from "../../../src/io/files/state-file.ts";
import { TurnedClock } from "../../alerts/delivery/turned-clock.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { newFolder } from "../../kit/new-folder.ts";

function stateFile(file: string, parts: Partial<StateFileParts> = {}): StateFile {
  return new StateFile({
    file,
    area: "test",
    consequence: "it begins anew",
    content: () => "state",
    ...parts,
  });
}

test("changes of one turn are written once, into a file that only its user can read", async () => {
  const file = join(newFolder("state"), "new", "state.json");
  let writes = 0;
  const state = stateFile(file, { content: () => `${++writes}` });
  state.changed();
  state.changed();
  await state.saved();
  expect(readFileSync(file, "utf8")).toBe("1");
  expect(statSync(file).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
  await state.saved();
  expect(writes).toBe(1);
});

test("a change during a write is written after it", async () => {
  const file = join(newFolder("state"), "state.json");
  let content = "before";
  const state = stateFile(file, {
    content: () => content,
    written: () => {
      if (content === "after") return;
      content = "after";
      state.changed();
    },
  });
  state.changed();
  await state.saved();
  expect(readFileSync(file, "utf8")).toBe("after");
});

test("slight changes wait for the pause, and are written at the end", async () => {
  const file = join(newFolder("state"), "state.json");
  const timers = new TurnedClock();
  let writes = 0;
  const written = vi.fn<() => void>();
  const content = (): string => `${++writes}`;
  const state = stateFile(file, { content, written, pauseMillis: 1_000, timers });
  state.changedSlightly();
  await timers.pass(0.5);
  // A disk takes real time.
  await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(1));
  state.changedSlightly();
  state.changedSlightly();
  await timers.pass(0.4);
  expect(writes).toBe(1);
  await timers.pass(0.2);
  await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(2));
  expect(writes).toBe(2);
  state.changedSlightly();
  await state.close();
  expect(readFileSync(file, "utf8")).toBe("3");
  state.changed();
  await timers.pass(10);
  expect(writes).toBe(3);
});

test("changes that follow a long write closely are written together after its ninefold time, or at the end", async () => {
  const file = join(newFolder("state"), "state.json");
  let [now, writes] = [0, 0];
  const waiting: { readonly run: () => void; readonly millis: number }[] = [];
  const state = stateFile(file, {
    content: () => {
      now += 20;
      return `${++writes}`;
    },
    timers: {
      monotonicMillis: () => now,
      setTimer: (run, millis) => {
        waiting.push({ run, millis });
        return () => {};
      },
    },
  });
  state.changed();
  await state.savedSoon();
  expect(writes).toBe(1);
  state.changedSlightly();
  const both = [state.savedSoon(), state.savedSoon()];
  await new Promise((go) => setImmediate(go));
  expect(writes).toBe(1);
  expect(new Set(waiting.map(({ millis }) => millis))).toEqual(new Set([180]));
  now += 180;
  for (const { run } of waiting.splice(0)) run();
  await Promise.all(both);
  expect(writes).toBe(2);
  state.changedSlightly();
  const last = state.savedSoon();
  await state.close();
  await last;
  expect(readFileSync(file, "utf8")).toBe("3");
});

test("a write that hangs is awaited for 10 s, by all callers together", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const content = (): Promise<string> => new Promise(() => {});
  const state = stateFile(join(newFolder("state"), "state.json"), { content });
  const over: string[] = [];
  state.changed();
  void state.saved().then(() => over.push("first"));
  await vi.advanceTimersByTimeAsync(4_000);
  void state.saved().then(() => over.push("second"));
  await vi.advanceTimersByTimeAsync(5_999);
  expect(over).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(over).toEqual(["first", "second"]);
});

test("a write that follows another one without a pause is awaited for 10 s of its own", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let [writes, isOver] = [0, false];
  const state = stateFile(join(newFolder("state"), "state.json"), {
    content: () => new Promise((resolve) => void setTimeout(() => resolve(`${++writes}`), 6_000)),
  });
  state.changed();
  await new Promise((go) => setImmediate(go));
  state.changed();
  await vi.advanceTimersByTimeAsync(6_000);
  // The second write has begun once the first one is on disk.
  while (vi.getTimerCount() === 0) await new Promise((go) => setImmediate(go));
  await vi.advanceTimersByTimeAsync(5_000);
  const saved = state.saved().then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(999);
  expect([writes, isOver]).toEqual([1, false]);
  await vi.advanceTimersByTimeAsync(1);
  await saved;
  expect(writes).toBe(2);
});

test("a failed write is logged and repeated until it succeeds, or the file is closed", async () => {
  const folder = newFolder("state");
  const [warnings, timers] = [collectWarnings(), new TurnedClock()];
  writeFileSync(join(folder, "place"), "a file in place of the folder");
  const state = stateFile(join(folder, "place", "state.json"), { timers });
  state.changed();
  await state.saved();
  expect(warnings.join("\n")).toMatch(
    /^test: ".*state\.json" cannot be written \(.*place.*\); its content is lost/m,
  );
  await timers.pass(3);
  expect(readFileSync(join(folder, "place"), "utf8")).toContain("in place");
  const other = stateFile(join(folder, "later", "state.json"), { timers });
  writeFileSync(join(folder, "later"), "");
  other.changed();
  await other.saved();
  await state.close();
  rmSync(join(folder, "later"));
  rmSync(join(folder, "place"));
  await timers.pass(1.5);
  // A disk takes real time.
  await vi.waitFor(() => expect(readFileSync(join(folder, "later", "state.json"), "utf8")).toBe("state"));
  expect(existsSync(join(folder, "place"))).toBe(false);
});

test("a file without content is removed", async () => {
  const file = join(newFolder("state"), "state.json");
  writeFileSync(file, "old");
  const state = stateFile(file, { content: () => undefined });
  state.changed();
  await state.saved();
  expect(existsSync(file)).toBe(false);
});

test("a damaged file is logged and renamed, and a missing one is neither", () => {
  const folder = newFolder("state");
  const warnings = collectWarnings();
  const state = stateFile(join(folder, "state.json"));
  expect(state.read((text): unknown => JSON.parse(text))).toBeUndefined();
  expect(stateFile(join(folder, "missing", "state.json")).read((text) => text)).toBeUndefined();
  expect(warnings).toEqual([]);
  writeFileSync(join(folder, "state.json"), '{"half');
  expect(state.read((text): unknown => JSON.parse(text))).toBeUndefined();
  expect(readdirSync(folder)).toEqual(["state.json.damaged"]);
  expect(warnings.join("\n")).toMatch(/is damaged \(.*\) and was renamed to ".*\.damaged"; it begins anew/);
  mkdirSync(join(folder, "state.json"));
  expect(state.read((text) => text)).toBeUndefined();
  expect(warnings.join("\n")).toContain("cannot be read (it must be a file)");
});

test("temporary files of writes that were interrupted are removed after ten minutes", () => {
  const folder = newFolder("state");
  const [old, young, foreign] = [
    `.tachymeter-${"0".repeat(16)}.tmp`,
    `.tachymeter-${"1".repeat(16)}.tmp`,
    "a.tmp",
  ];
  for (const name of [old, young, foreign]) writeFileSync(join(folder, name), "");
  const past = new Date(Date.now() - 700_000);
  for (const name of [old, foreign]) utimesSync(join(folder, name), past, past);
  stateFile(join(folder, "state.json")).read((text) => text);
  expect(readdirSync(folder).toSorted()).toEqual([young, foreign].toSorted());
});

test("a file of a newer version is kept, and the message says what to do", () => {
  const file = join(newFolder("state"), "state.json");
  writeFileSync(file, '{"version":2}');
  const warnings = collectWarnings();
  const parse = (text: string): unknown => {
    const state: { readonly version: number } = JSON.parse(text);
    assertFileVersion(state.version, 1);
    return state;
  };
  expect(stateFile(file).read(parse)).toBeUndefined();
  expect(warnings).toEqual([
    `test: "${file}" was written by a newer version of tachymeter (format 2, this one reads 1) and was renamed to "${file}.newer"; it begins anew; update tachymeter, and rename it back`,
  ]);
  expect(readFileSync(`${file}.newer`, "utf8")).toBe('{"version":2}');
});

test("the version of another program is not that of a newer file", () => {
  for (const found of [undefined, null, "2", 0, Number.NaN])
    expect(() => assertFileVersion(found, 1)).toThrow(new TypeError("it is of another program"));
  expect(() => assertFileVersion(1, 1)).not.toThrow();
});
