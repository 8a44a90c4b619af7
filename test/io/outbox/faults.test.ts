// Failures of the disk, and the order of disk operations.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type FileAction, layered, stuckAt, systemError } from "./file-layers.ts";
import { asAfterCrash, begun, drained, filesOf, opened, record, records } from "./opening.ts";
import { newFolder } from "../../kit/new-folder.ts";

afterEach(() => {
  diag.disable();
  vi.useRealTimers();
});

const isSegment = (path: string): boolean => path.endsWith(".segment");

test("a record is on the disk itself, and so is its file's entry, before it is acknowledged", async () => {
  const done: string[] = [];
  const calls = layered(
    () => {},
    (action, path) => void done.push(isSegment(path) || action === "sync folder" ? action : "other"),
  );
  const { outbox } = await opened(newFolder("outbox"), calls);
  done.length = 0;
  await outbox.append(records("a"));
  done.push("acknowledged");
  await outbox.append(records("b"));
  done.push("acknowledged");
  expect(done).toEqual([
    "open",
    "write",
    "datasync",
    "other",
    "sync folder",
    "acknowledged",
    "write",
    "datasync",
    "acknowledged",
  ]);
});

test("nothing is acknowledged before the disk operation has finished", async () => {
  const { calls, isStuck, go } = stuckAt("datasync");
  const { outbox } = await opened(newFolder("outbox"), calls);
  let isAcknowledged = false;
  const appending = outbox.append(records("a")).then(() => (isAcknowledged = true));
  await isStuck;
  await new Promise(setImmediate);
  expect([isAcknowledged, outbox.size.records]).toEqual([false, 0]);
  go();
  await appending;
  expect(outbox.size.records).toBe(1);
});

test("records appended in one tick share one write and one sync", async () => {
  const actions: FileAction[] = [];
  const calls = layered((action, path) => {
    if (isSegment(path)) actions.push(action);
  });
  const { outbox } = await opened(newFolder("outbox"), calls);
  await Promise.all(["a", "b", "c", "d"].map((text) => outbox.append(records(text))));
  expect(actions).toEqual(["open", "write", "datasync"]);
  expect(await drained(outbox)).toEqual(["a", "b", "c", "d"]);
});

test("records appended while the disk is busy wait for their own write and sync", async () => {
  const directory = newFolder("outbox");
  const { calls, isStuck, go } = stuckAt("datasync");
  const { outbox } = await opened(directory, calls);
  const first = outbox.append(records("a"));
  await isStuck;
  const second = outbox.append(records("b", "c"));
  go();
  await first;
  await second;
  expect(outbox.size.records).toBe(3);
  expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual(["a", "b", "c"]);
});

test("with `fsync: 'never'` nothing is synced", async () => {
  const actions = new Set<FileAction>();
  const calls = layered((action) => void actions.add(action));
  const { outbox } = await opened({ directory: newFolder("outbox"), fsync: "never" }, calls);
  await outbox.append(records("a"));
  outbox.appendSync(records("b"));
  expect([...actions]).toEqual(expect.arrayContaining(["write"]));
  expect([...actions]).not.toEqual(expect.arrayContaining(["datasync"]));
  expect([...actions]).not.toEqual(expect.arrayContaining(["sync folder"]));
});

for (const [what, action, code] of [
  ["is full", "write", "ENOSPC"],
  ["is full for new files", "open", "ENOSPC"],
  ["cannot be read or written", "write", "EIO"],
  ["takes data but does not keep it", "datasync", "EIO"],
  ["became read-only", "open", "EROFS"],
  ["may not be written any more", "open", "EACCES"],
] as const) {
  test(`with a disk that ${what} no record is lost, the order is kept, and one warning is logged`, async () => {
    const warnings = collectWarnings();
    vi.useFakeTimers({ toFake: ["performance"] });
    const directory = newFolder("outbox");
    let isBroken = false;
    const calls = layered((which, path) => {
      if (isBroken && which === action && isSegment(path)) throw systemError(code);
    });
    const { outbox, dropped } = await opened(directory, calls);
    if (action !== "open") await outbox.append(records("on disk"));
    isBroken = true;
    await outbox.append(records("a", "b"));
    vi.advanceTimersByTime(6_000);
    await outbox.append(records("c"));
    expect(outbox.size.records).toBe(action === "open" ? 3 : 4);

    isBroken = false;
    await outbox.append(records("too early for another try"));
    vi.advanceTimersByTime(60_000);
    await outbox.append(records("d"));
    const all = [...(action === "open" ? [] : ["on disk"]), "a", "b", "c", "too early for another try", "d"];
    expect(warnings.filter((text) => text.includes("cannot be written"))).toHaveLength(1);
    expect(dropped).toEqual({ full: 0, expired: 0 });

    const after = await opened(asAfterCrash(directory));
    expect(await drained(after.outbox)).toEqual(all);
    expect(after.outbox.damagedRecords).toBe(0);
    expect(await drained(outbox)).toEqual(all);
  });
}

test("records in memory are delivered after those on disk, and never twice", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const directory = newFolder("outbox");
  let isBroken = false;
  const calls = layered((action, path) => {
    if (isBroken && action === "write" && isSegment(path)) throw systemError("ENOSPC");
  });
  const { outbox } = await opened(directory, calls);
  // The clock was set back meanwhile: the order is that of the calls.
  await outbox.append([record("disk", Date.now() + 60_000)]);
  isBroken = true;
  await outbox.append(records("memory 1", "memory 2", "memory 3"));
  const texts: string[] = [];
  for (let i = 0; i < 2; i++) {
    const oldest = await outbox.oldest();
    texts.push(Buffer.from(oldest!.body).toString());
    await outbox.remove(oldest!.sequence);
  }
  expect(texts).toEqual(["disk", "memory 1"]);

  const given = await outbox.oldest();
  isBroken = false;
  vi.advanceTimersByTime(6_000);
  await outbox.append(records("later"));
  await outbox.remove(given!.sequence);
  expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual(["memory 3", "later"]);
  expect(await drained(outbox)).toEqual(["memory 3", "later"]);
});

test("memory is bounded while the disk fails: the oldest records are dropped", async () => {
  const calls = layered((action, path) => {
    if (action === "open" && isSegment(path)) throw systemError("ENOSPC");
  });
  const { outbox, dropped } = await opened({ directory: newFolder("outbox"), maxBytes: 65_536 }, calls);
  const texts = Array.from({ length: 20 }, (_, i) => `${i} `.padEnd(10_000, "x"));
  for (const text of texts) await outbox.append(records(text));
  expect(dropped.full).toBe(14);
  expect(await drained(outbox)).toEqual(texts.slice(14));
});

test("the end of the process retries the disk", async () => {
  const directory = newFolder("outbox");
  let isBroken = false;
  const calls = layered((action) => {
    if (isBroken && action === "write") throw systemError("ENOSPC");
  });
  const { outbox } = await opened(directory, calls);
  isBroken = true;
  await outbox.append(records("a"));
  outbox.appendSync(records("b"));
  expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual(["a", "b"]);
});

test("records that are being written at the end of the process are kept once", async () => {
  for (const stuck of ["open", "write", "datasync"] as const) {
    const directory = newFolder("outbox");
    const { calls, isStuck, go } = stuckAt(stuck);
    const { outbox } = await opened(directory, calls);
    const appending = outbox.append(records("a", "b"));
    await isStuck;
    outbox.appendSync(records("c"));
    const before = asAfterCrash(directory);
    go();
    await appending;
    // A separate job, behind the one that was stuck.
    await outbox.oldest();
    expect(outbox.size.records).toBe(3);
    await outbox.close();
    for (const state of [before, asAfterCrash(directory)]) {
      const after = await opened(state);
      expect(await drained(after.outbox)).toEqual(["a", "b", "c"]);
    }
  }
});

test("a removed folder is detected before the next acknowledgement, and made again", async () => {
  const warnings = collectWarnings();
  const directory = newFolder("outbox");
  const { outbox } = await opened(directory);
  await outbox.append(records("lost with its folder"));
  rmSync(directory, { recursive: true });
  await outbox.append(records("a"));
  expect(warnings.join()).toContain("its folder was removed, and 1 waiting records are lost");

  expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual(["a"]);
  outbox.appendSync(records("b"));
  rmSync(directory, { recursive: true });
  outbox.appendSync(records("c"));
  expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual(["c"]);
});

test("a vanished segment is skipped, and the others are delivered", async () => {
  const directory = newFolder("outbox");
  const { outbox } = await opened({ directory, maxBytes: 262_144 });
  const texts = Array.from({ length: 5 }, (_, i) => `${i} `.padEnd(25_000, "x"));
  for (const text of texts) await outbox.append(records(text));
  rmSync(filesOf(directory, ".segment")[1]!);
  expect(await drained(outbox)).toEqual(texts.filter((_, i) => i !== 1));
  expect(outbox.damagedRecords).toBe(1);
});

test("a temporary failure to open a file delays delivery, and loses nothing", async () => {
  const directory = newFolder("outbox");
  let isShort = false;
  const calls = layered((action, path) => {
    if (isShort && action === "open" && isSegment(path)) throw systemError("EMFILE");
  });
  const { outbox } = await opened(directory, calls);
  await outbox.append(records("a"));
  isShort = true;
  expect(await outbox.oldest()).toBeUndefined();
  isShort = false;
  expect(await drained(outbox)).toEqual(["a"]);
});

test("without appends, the disk is retried and orphans are taken over", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
  const directory = newFolder("outbox");
  const hidden = `${directory}-hidden`;
  const other = await opened(hidden);
  await other.outbox.append([record("of another process", Date.now() - 1_000)]);
  await other.outbox.close();
  let isBroken = true;
  const calls = layered((action, path) => {
    if (isBroken && action === "open" && isSegment(path)) throw systemError("ENOSPC");
  });
  const { outbox } = await opened(directory, calls);
  await outbox.append(records("a"));
  for (const path of filesOf(hidden, "cursor"))
    renameSync(join(path, ".."), join(directory, "0123456789abcdef"));
  isBroken = false;
  vi.advanceTimersByTime(30_000);
  await vi.waitFor(() => expect(outbox.size.records).toBe(2));
  expect(filesOf(directory, ".segment")).toHaveLength(2);
  expect(await drained(outbox)).toEqual(["of another process", "a"]);
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

test.runIf(canMount)(
  "with a file system that is really full, no record is lost and the order is kept",
  async (context) => {
    const mount = newFolder("outbox");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", mount], { stdio: "ignore" });
    } catch {
      context.skip("no tmpfs can be mounted here");
    }
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    vi.useFakeTimers({ toFake: ["performance"] });
    const directory = join(mount, "outbox");
    mkdirSync(directory);
    const { outbox } = begun(directory);
    const texts = Array.from({ length: 30 }, (_, i) => `${i} `.padEnd(20_000, "x"));
    for (const text of texts) await outbox.append(records(text));
    expect(outbox.size.records).toBe(30);

    const first = await outbox.oldest();
    await outbox.remove(first!.sequence);
    const after = await opened(asAfterCrash(directory));
    const onDisk = await drained(after.outbox);
    expect(onDisk.length).toBeGreaterThan(5);
    expect(onDisk).toEqual(texts.slice(1, onDisk.length + 1));

    expect(await drained(outbox)).toEqual(texts.slice(1));
    vi.advanceTimersByTime(60_000);
    await outbox.append(records("when there is room again"));
    expect(await drained((await opened(asAfterCrash(directory))).outbox)).toEqual([
      "when there is room again",
    ]);
  },
);
