import { beforeEach, expect, test, vi } from "vitest";
import { observeHost } from "../../src/host/index.ts";
import { collectingProvider } from "../kit/collecting.ts";

const CORES = 129;
const INTERFACES = 101;
const FILES: Readonly<Record<string, string>> = {
  "/proc/stat": ["", ...Array.from({ length: CORES }, (_, i) => i)]
    .map((number) => `cpu${number} 100 0 0 900 0 0 0 0 0 0\n`)
    .join(""),
  "/proc/net/dev": Array.from({ length: INTERFACES }, (_, i) => `veth${i}: ${"1 ".repeat(16)}\n`).join(""),
};

vi.mock("node:fs", async (original) => {
  const actual = await original<typeof import("node:fs")>();
  return {
    ...actual,
    readFileSync: (path: string, encoding: BufferEncoding) =>
      FILES[path] ?? actual.readFileSync(path, encoding),
  };
});

beforeEach((context) => context.skip(process.platform !== "linux", "the host is read from Linux itself"));

test("with more than 128 CPUs, only their sums are observed", async () => {
  const { provider, point, points } = collectingProvider();
  observeHost(provider);
  expect((await points("system.cpu.time")).map(({ attributes }) => attributes)).toEqual(
    ["user", "nice", "system", "idle", "iowait", "interrupt", "steal"].map((mode) => ({ "cpu.mode": mode })),
  );
  expect(await point("system.cpu.logical.count")).toBe(CORES);
});

test("at most 100 network interfaces are observed", async () => {
  const { provider, points } = collectingProvider();
  observeHost(provider);
  const names = (await points("system.network.io")).map(
    ({ attributes }) => attributes["network.interface.name"],
  );
  expect(new Set(names).size).toBe(100);
});
