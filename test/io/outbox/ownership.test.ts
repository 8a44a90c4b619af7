// Ownership of folders: a folder belongs to its owner while that lives, even if it is busy, and to one other
// afterwards.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, utimesSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { holdLock, isHeld, reachable } from "../../../src/io/owner-lock.ts";
import { outputOf } from "../../kit/process.ts";
import { layered, systemError } from "./file-layers.ts";
import { asAfterCrash, drained, opened, record, records } from "./opening.ts";
import { program, said } from "./programs.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** Number of records that a new process takes over. */
async function takenOver(directory: string): Promise<number> {
  const { outbox } = await opened(directory);
  const { records: count } = outbox.size;
  await outbox.close();
  return count;
}

const holding = `
const outbox = await opened();
await outbox.append([record("a"), record("b")]);
say("holds");
`;

for (const [what, text, signal] of [
  ["waits", `setInterval(() => {}, 1e9);`, undefined],
  ["is too busy to respond", `for (;;);`, undefined],
  ["is stopped", `setInterval(() => {}, 1e9);`, "SIGSTOP"],
] as const) {
  test.skipIf(process.platform === "win32" && signal !== undefined)(
    `an owner that ${what} keeps its folder, until it is killed`,
    async () => {
      const directory = newFolder("outbox");
      const child = await program(holding + text, { directory });
      await child.waitForOutput(/^holds$/m);
      if (signal !== undefined) child.kill(signal);
      expect(await takenOver(directory)).toBe(0);
      child.kill("SIGKILL");
      await child.exit;
      expect(await takenOver(directory)).toBe(2);
    },
  );
}

test("if many processes find the folders of dead owners, only one takes over each", async () => {
  const directory = newFolder("outbox");
  const owners = await Promise.all(Array.from({ length: 12 }, () => opened({ directory, maxAge: 1e9 })));
  await Promise.all(owners.map(({ outbox }, i) => outbox.append([record(String(i), 1e12 + i)])));
  await Promise.all(owners.map(({ outbox }) => outbox.close()));

  const children = await Promise.all(
    [1, 2].map(() => program("await drain(await opened());", { directory })),
  );
  const here = await Promise.all([1, 2, 3].map(() => opened({ directory, maxAge: 1e9 })));
  const got = await Promise.all(here.map(({ outbox }) => drained(outbox)));
  await Promise.all(children.map((child) => outputOf(child)));
  const all = [...got.flat(), ...children.flatMap((child) => said(child, "got"))];
  expect(all.map(Number).toSorted((a, b) => a - b)).toEqual(owners.map((_, i) => i));
});

test("a takeover interrupted at any moment loses nothing", async () => {
  const directory = newFolder("outbox");
  // Three nested orphans: each new owner died at once.
  const texts = ["a", "b", "c"];
  let left = directory;
  for (const [i, text] of texts.entries()) {
    const { outbox } = await opened({ directory: left, maxAge: 1e9 });
    await outbox.append([record(text, 1e12 + i)]);
    left = asAfterCrash(left);
  }
  for (let cut = 0; cut < 6; cut++) {
    const state = asAfterCrash(left);
    let renames = 0;
    const calls = layered((action) => {
      if (action === "rename" && renames++ >= cut) throw systemError("ENOTEMPTY");
    });
    const { outbox } = await opened({ directory: state, maxAge: 1e9 }, calls).catch(() => ({
      outbox: undefined,
    }));
    const after = await opened({ directory: asAfterCrash(state), maxAge: 1e9 });
    expect(await drained(after.outbox)).toEqual(texts);
    await after.outbox.close();
    await outbox?.close();
  }
});

test("two outboxes of one process have separate folders", async () => {
  const directory = newFolder("outbox");
  const one = await opened(directory);
  await one.outbox.append(records("one"));
  const two = await opened(directory);
  await two.outbox.append(records("two"));
  expect(await drained(two.outbox)).toEqual(["two"]);
  expect(await drained(one.outbox)).toEqual(["one"]);
});

test("the workers of a cluster have separate folders, each released when its worker dies", async () => {
  const directory = newFolder("outbox");
  const text = `
    import cluster from "node:cluster";
    if (cluster.isPrimary) {
      const workers = [cluster.fork(), cluster.fork()];
      await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
      process.once("SIGUSR2", () => {
        workers[0].once("exit", () => say("one died"));
        workers[0].process.kill("SIGKILL");
      });
      say("both hold");
      setInterval(() => {}, 1e9);
    } else {
      await (await opened()).append([record("from a worker")]);
      process.send("holds");
    }`;
  const child = await program(text, { directory });
  await child.waitForOutput(/^both hold$/m);
  expect(await takenOver(directory)).toBe(0);
  child.kill("SIGUSR2");
  await child.waitForOutput(/^one died$/m);
  expect(await takenOver(directory)).toBe(1);
});

test("worker threads have separate folders, each released when its thread ends", async () => {
  const directory = newFolder("outbox");
  const text = `
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    const outbox = await opened();
    await outbox.append([record("a")]);
    if (isMainThread) {
      const worker = new Worker(process.argv[1], { argv: [directory] });
      await new Promise((resolve) => worker.once("message", resolve));
      process.once("SIGUSR2", () => worker.terminate().then(() => say("thread ended")));
      say("both hold");
    } else {
      parentPort.postMessage("holds");
    }
    setInterval(() => {}, 1e9);`;
  const child = await program(text, { directory });
  await child.waitForOutput(/^both hold$/m);
  expect(await takenOver(directory)).toBe(0);
  child.kill("SIGUSR2");
  await child.waitForOutput(/^thread ended$/m);
  expect(await takenOver(directory)).toBe(1);
});

test("a path that is too long for a socket is valid for a folder", async () => {
  const directory = join(newFolder("outbox"), "x".repeat(100), "y".repeat(100));
  const one = await opened(directory);
  await one.outbox.append(records("a"));
  expect(await takenOver(directory)).toBe(0);
  await one.outbox.close();
  expect(await takenOver(directory)).toBe(1);
});

test.skipIf(process.platform === "win32")("without /proc, a long path is shortened by a link", async () => {
  const folder = join(newFolder("outbox"), "x".repeat(120));
  mkdirSync(folder);
  const address = reachable(folder, "0123456789abcdef", "darwin");
  expect(Buffer.byteLength(address.path)).toBeLessThanOrEqual(100);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(address.path, resolve));
  onTestFinished(() => void server.close());
  address.release();
  expect(readdirSync(folder)).toEqual(["owner"]);

  const again = reachable(folder, "0123456789abcdef", "darwin");
  await new Promise<void>((resolve) => connect(again.path, resolve));
  again.release();
});

test.skipIf(process.platform === "win32")("a lock needs no link while it is held", async () => {
  const folder = join(newFolder("outbox"), "x".repeat(120));
  mkdirSync(folder);
  const temporary = newFolder("links");
  vi.stubEnv("TMPDIR", temporary);
  vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const lock = holdLock(folder, "0123456789abcdef");
  expect(readdirSync(temporary)).toEqual([]);
  expect(await isHeld(folder, "0123456789abcdef")).toBe(true);
  expect(readdirSync(temporary)).toEqual([]);
  await lock.release();
  expect(await isHeld(folder, "0123456789abcdef")).toBe(false);
});

test("a folder copied without its socket has no owner", async () => {
  const directory = newFolder("outbox");
  const { outbox } = await opened(directory);
  await outbox.append(records("a"));
  expect(await takenOver(asAfterCrash(directory))).toBe(1);
});

test("the folder of a process that died while making it is removed, one that is being made is not", async () => {
  const directory = newFolder("outbox");
  for (const id of ["0123456789abcdef", "fedcba9876543210"]) mkdirSync(join(directory, `.new-${id}`));
  const anHourAgo = Date.now() / 1_000 - 3_600;
  utimesSync(join(directory, ".new-0123456789abcdef"), anHourAgo, anHourAgo);
  await takenOver(directory);
  expect(readdirSync(directory)).toEqual([".new-fedcba9876543210"]);
});

const canUnshare = process.platform === "linux" && process.getuid?.() === 0;

test.runIf(canUnshare)("an owner in another container of the machine keeps its folder", async (context) => {
  const apart = ["unshare", "--net", "--pid", "--mount", "--uts", "--ipc", "--fork"] as const;
  try {
    execFileSync(apart[0], [...apart.slice(1), "true"], { stdio: "ignore" });
  } catch {
    context.skip("no namespaces can be made here");
  }
  const directory = newFolder("outbox");
  const child = await program(`${holding} setInterval(() => {}, 1e9);`, { directory, by: [...apart] });
  await child.waitForOutput(/^holds$/m);
  expect(await takenOver(directory)).toBe(0);
  const looking = await program(`const outbox = await opened(); say("took " + outbox.size.records);`, {
    directory,
    by: [...apart],
  });
  expect(await outputOf(looking)).toBe("took 0\n");
});
