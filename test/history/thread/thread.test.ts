import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { application } from "../../kit/packed-project.ts";
import { printedBy } from "./program.ts";

// Builds and installs the package once per run.
beforeAll(async () => void (await application({})));

test("if the thread dies, pending requests fail, and another thread continues with the store", async () => {
  const printed = await printedBy(`
    const thread = await opened({ path: "history.db" });
    await thread.ask({ kind: "append", given: collection(1_000, 1) });
    // Idle: amid a call of the package's SQLite the end of a thread would be the end of the process.
    await thread.ask({ kind: "usage" });
    const ended = workers[0].terminate();
    const before = thread.ask({ kind: "append", given: collection(2_000, 2) });
    await ended;
    const failed = await Promise.allSettled([before, thread.ask({ kind: "append", given: collection(3_000, 3) })]);
    print(failed.map(({ status, reason }) => [status, reason?.code]));
    print(workers.length);
    const values = await valuesOf(thread);
    print([values[0], values.at(-1)]);
    await thread.close();
  `);
  expect(printed).toEqual([
    [
      ["rejected", "TACHYMETER_HISTORY_STORE"],
      ["fulfilled", null],
    ],
    2,
    [1, 3],
  ]);
});

// Repeated, because the state of the thread at its end is random.
test("a collection and events sent to a dying thread are stored by the next one", { retry: 3 }, async () => {
  const printed = await printedBy(`
    const { start } = await import("tachymeter");
    const { metrics } = await import("@opentelemetry/api");
    const tachymeter = start({ history: { path: "history.db" }, readers: [] });
    await tachymeter.ready;
    metrics.getMeter("shop").createCounter("sold").add(7);
    await tachymeter.history.usage();
    const ended = workers[0].terminate();
    const event = { id: "a", type: "t", source: "s", timeUnixMillis: now, data: "1", labels: "{}", metadata: "{}" };
    await Promise.all([tachymeter.forceFlush(), tachymeter.history[Symbol.for("tachymeter.historyStore")].appendEvents([event]), ended]);
    for await (const stored of tachymeter.history.events({ type: "t" })) print(stored.event_id);
    const { series } = await tachymeter.history.query({ metric: "sold" });
    print(series.map(({ points }) => points.map(([, value]) => value)));
    print(workers.length);
    await tachymeter.shutdown();
  `);
  expect(printed).toEqual(["a", [[7]], 2]);
});

test("the history is not ready if its thread dies before the store is open, and nothing waits for it", async () => {
  const printed = await printedBy(`
    const { start } = await import("tachymeter");
    // At once: amid a call of the package's SQLite the end of a thread would be the end of the process.
    let ended;
    workers.push = (worker) => {
      ended = worker.terminate();
    };
    const tachymeter = start({ history: { path: "history.db" }, readers: [] });
    await ended;
    print(await tachymeter.ready.catch(({ message }) => message));
    await Promise.allSettled([tachymeter.forceFlush(), tachymeter.shutdown()]);
    print("ended");
  `);
  expect(printed).toEqual(["history: the thread of the store has ended: terminated", "ended"]);
});

test("remaining data is stored when a process exits, even if its store was not open yet", async () => {
  const printed = await printedBy(`
    if (process.argv[2] === undefined) {
      const thread = new HistoryThread({ path: "history.db" });
      const event = { id: "a", type: "t", source: "s", timeUnixMillis: now, data: "1", labels: "{}", metadata: "{}" };
      process.on("exit", () => {
        print(thread.appendSync({ collection: collection(1_000, 7), events: [event] }, 10_000));
      });
      setImmediate(() => {
        const { spawnSync } = process.getBuiltinModule("node:child_process");
        process.on("exit", () => spawnSync(process.execPath, [process.argv[1], "read"], { stdio: "inherit" }));
        process.exit(0);
      });
    } else {
      const thread = await opened({ path: "history.db", readOnly: true });
      print(await valuesOf(thread));
      print((await thread.ask({ kind: "events", given: {} })).map(({ id }) => id));
    }
  `);
  expect(printed).toEqual([true, [7], ["a"]]);
});

test("a process that exits during the work of its store keeps its exit code", async () => {
  const printed = await printedBy(`
    const delay = process.argv[2];
    if (delay === undefined) {
      const { spawnSync } = process.getBuiltinModule("node:child_process");
      const ends = ["20", "60", "100", "140"].map((delay) => spawnSync(process.execPath, [process.argv[1], delay]));
      print(ends.map(({ status }) => status));
    } else {
      const thread = await opened({ path: "history.db" });
      const event = (i) => ({
        id: delay + "/" + i, type: "t", source: "s", timeUnixMillis: now, data: "1", labels: "{}", metadata: "{}",
      });
      const groups = Array.from({ length: 20 }, (_, g) => Array.from({ length: 2_000 }, (_, i) => event(2_000 * g + i)));
      for (const events of groups) thread.ask({ kind: "appendEvents", given: packedEvents(events) }).catch(() => {});
      setTimeout(() => process.exit(3), Number(delay));
    }
  `);
  expect(printed).toEqual([[3, 3, 3, 3]]);
});

test("a process that exits while its store waits for another process keeps its exit code", async () => {
  const printed = await printedBy(`
    const role = process.argv[2];
    const { spawn } = process.getBuiltinModule("node:child_process");
    const { once } = process.getBuiltinModule("node:events");
    const played = (role) => spawn(process.execPath, [process.argv[1], role], { stdio: ["ignore", "pipe", "inherit"] });
    if (role === "hold") {
      const { openSqlite } = await inPackage("store/sqlite.js");
      openSqlite("history.db").exec("BEGIN IMMEDIATE");
      print("held");
      // Longer than SQLite waits.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000);
    } else if (role === "exit") {
      const thread = await opened({ path: "history.db" });
      await once(played("hold").stdout, "data");
      thread.ask({ kind: "append", given: collection(1_000, 1) }).catch(() => {});
      setTimeout(() => process.exit(3), 100);
    } else {
      print((await once(played("exit"), "exit"))[0]);
    }
  `);
  expect(printed).toEqual([3]);
});

test("an aborted request is cancelled, and a closed thread rejects requests", async () => {
  const printed = await printedBy(`
    const thread = await opened({ path: "history.db" });
    await thread.ask({ kind: "append", given: collection(1_000, 1) });
    const given = { kind: "query", given: question };
    const reason = new Error("enough");
    const ending = new AbortController();
    const asked = [thread.ask(given, AbortSignal.abort(reason)), thread.ask(given, ending.signal)];
    ending.abort(reason);
    print((await Promise.allSettled(asked)).map((each) => each.reason === reason));
    print(await valuesOf(thread));
    await thread.close();
    await thread.close();
    print(await valuesOf(thread).catch(({ message }) => message));
  `);
  expect(printed).toEqual([[true, true], [1], "history is closed; open it again"]);
});

test("close() resolves after requests that are pending", async () => {
  const printed = await printedBy(`
    const unopened = new HistoryThread({ path: "other.db" });
    await unopened.close();
    const thread = await opened({ path: "history.db" });
    void thread.ask({ kind: "usage" });
    await thread.close();
    print("closed");
  `);
  expect(printed).toEqual(["closed"]);
});

test("the error of a store that cannot be opened has a reason and a code", async () => {
  const printed = await printedBy(`
    const refused = await opened({ path: "absent/history.db" }).catch((error) => error);
    print([refused.name, refused.code, refused.message]);
  `);
  expect(printed).toEqual([
    [
      "HistoryStoreError",
      "TACHYMETER_STORE_PATH",
      expect.stringMatching(
        /^history "absent\/history.db": cannot be written \(.*\); use a path in an existing/,
      ),
    ],
  ]);
});

test("a store in a read-only folder is not opened, and the error for readers has a remedy", async () => {
  // Not in the run's own folder, which only its user can read.
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-read-only-"));
  onTestFinished(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });
  const printed = await printedBy(`
    const { chmodSync, rmSync } = process.getBuiltinModule("node:fs");
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const { Store } = await inPackage("store/index.js");
    const path = ${JSON.stringify(join(folder, "history.db"))};
    if (process.argv[2] === undefined) {
      Store.open({ path }).close();
      for (const beside of ["-wal", "-shm"]) rmSync(path + beside, { force: true });
      chmodSync(path, 0o666);
      chmodSync(${JSON.stringify(folder)}, 0o555);
      spawnSync(process.execPath, [process.argv[1], "again"], { stdio: "inherit" });
    } else {
      // Loaded as root, while all files are readable.
      Store.open({ path: ":memory:" }).close();
      if (process.getuid?.() === 0) process.setuid(65_534);
      for (const readOnly of [false, true]) {
        try {
          Store.open({ path, readOnly });
          print("opened");
        } catch (error) {
          print(error.message);
        }
      }
    }
  `);
  expect(printed).toEqual([
    expect.stringMatching(/: cannot be written \(EACCES: .*\); use a path in an existing, writable folder$/),
    expect.stringMatching(
      /: cannot be read \(.*\), because SQLite creates files beside it; copy it to a writable folder$/,
    ),
  ]);
});
