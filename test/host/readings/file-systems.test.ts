import { stat } from "node:fs/promises";
import { afterEach, expect, test, vi } from "vitest";
import {
  readFileSystem,
  readFileSystems,
  systemMountPoint,
} from "../../../src/host/readings/file-systems.ts";

// Response of each file system, and the paths that were read.
const { answers, asked } = vi.hoisted(() => {
  const paths: string[] = [];
  return { answers: new Map<string, Promise<unknown>>(), asked: paths };
});

vi.mock("node:fs", async (original) => ({
  ...(await original<object>()),
  statfs: (path: string, done: (error: unknown, answer?: unknown) => void) => {
    asked.push(path);
    const answer = answers.get(path) ?? Promise.reject(new Error("it is not there"));
    answer.then((stats) => done(null, stats), done);
  },
}));

const { platform } = process;

function pretendPlatform(name: string): void {
  Object.defineProperty(process, "platform", { value: name });
}

afterEach(() => {
  pretendPlatform(platform);
  answers.clear();
  asked.length = 0;
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const DISK = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300 };

test("space is used, free or reserved", async () => {
  answers.set("/data", Promise.resolve(DISK));
  expect(await readFileSystem("/data")).toEqual({
    totalBytes: 4096 * 1000,
    usedBytes: 4096 * 600,
    freeBytes: 4096 * 300,
    reservedBytes: 4096 * 100,
  });
});

test("a file system that reports more available than free blocks reserves nothing", async () => {
  answers.set("/data", Promise.resolve({ ...DISK, bavail: 500 }));
  expect(await readFileSystem("/data")).toMatchObject({ freeBytes: 4096 * 400, reservedBytes: 0 });
});

test("a file system without blocks, or a missing one, is not a reading", async () => {
  answers.set("/empty", Promise.resolve({ ...DISK, blocks: 0 }));
  expect(await readFileSystem("/empty")).toBeUndefined();
  expect(await readFileSystem("/gone")).toBeUndefined();
});

test("a file system that does not respond within half a second is left out and not read again until it has", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let answer: (blocks: typeof DISK) => void = () => {};
  answers.set("/hung", new Promise((resolve) => (answer = resolve)));
  const first = readFileSystem("/hung");
  const second = readFileSystem("/hung");
  await vi.advanceTimersByTimeAsync(499);
  const third = readFileSystem("/hung");
  await vi.advanceTimersByTimeAsync(1);
  expect(await first).toBeUndefined();
  expect(await second).toBeUndefined();
  expect(await third).toBeUndefined();
  expect(await readFileSystem("/hung")).toBeUndefined();
  expect(asked).toEqual(["/hung"]);
  expect(vi.getTimerCount()).toBe(0);

  answer(DISK);
  await vi.advanceTimersByTimeAsync(0);
  expect(await readFileSystem("/hung")).toMatchObject({ usedBytes: 4096 * 600 });
});

test("a response that arrived while the event loop was blocked counts", async () => {
  answers.set(
    "/busy",
    stat(import.meta.filename).then(() => DISK),
  );
  const reading = readFileSystem("/busy");
  const begin = performance.now();
  while (performance.now() - begin < 700);
  expect(await reading).toMatchObject({ usedBytes: 4096 * 600 });
});

test("outside of Linux only the system's file system is read", async () => {
  pretendPlatform("darwin");
  answers.set("/", Promise.resolve(DISK));
  expect(await readFileSystems()).toEqual([
    expect.objectContaining({ mountPoint: "/", usedBytes: 4096 * 600 }),
  ]);
});

test("on Windows the system is on the system drive", () => {
  pretendPlatform("win32");
  vi.stubEnv("SystemDrive", "D:");
  expect(systemMountPoint()).toBe("D:\\");
  vi.stubEnv("SystemDrive", undefined);
  expect(systemMountPoint()).toBe("C:\\");
});
