import { uptime } from "node:os";
import { beforeEach, expect, test, vi } from "vitest";
import { observeHost } from "../../src/host/index.ts";
import { collectingProvider } from "../kit/collecting.ts";

const CGROUP = "/sys/fs/cgroup/system.slice/shop.service";
const CGROUP_FILES: Record<string, string> = {
  "/proc/self/cgroup": "0::/system.slice/shop.service\n",
  "/proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
  "/proc/1/stat": "1 (node) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 10000 4096 100",
  [`${CGROUP}/cpu.max`]: "150000 100000\n",
  [`${CGROUP}/cpu.stat`]:
    "usage_usec 9000000\nuser_usec 6000000\nsystem_usec 3000000\nnr_periods 70\nnr_throttled 7\nthrottled_usec 1500000\n",
  [`${CGROUP}/memory.max`]: "536870912\n",
  [`${CGROUP}/memory.current`]: "104857600\n",
  [`${CGROUP}/memory.stat`]: "anon 52428800\ninactive_file 40000000\npgfault 900\npgmajfault 30\n",
  [`${CGROUP}/io.stat`]:
    "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n8:16 rbytes=1000 wbytes=0 rios=1 wios=0\n",
};

// Few machines that run these tests have a control group with limits.
vi.mock("node:fs", async (original) => {
  const actual = await original<typeof import("node:fs")>();
  return {
    ...actual,
    // As in a container, whose first process started 100 s after the machine.
    readlinkSync: (path: string) =>
      path === "/proc/self/ns/pid" ? "pid:[4026532301]" : actual.readlinkSync(path),
    readFileSync: (path: string, encoding: BufferEncoding) =>
      CGROUP_FILES[path] ?? actual.readFileSync(path, encoding),
  };
});

beforeEach((context) => context.skip(process.platform !== "linux", "control groups are Linux' own"));

test("the limits and the use of the process's control group are observed", async () => {
  const { provider, points } = collectingProvider();
  observeHost(provider);
  const seen = async (name: string): Promise<unknown[]> =>
    (await points(name)).map(({ attributes, value }) => [attributes, value]);
  expect(await seen("container.cpu.time")).toEqual([
    [{ "cpu.mode": "user" }, 6],
    [{ "cpu.mode": "system" }, 3],
  ]);
  expect(await seen("container.cpu.limit")).toEqual([[{}, 1.5]]);
  expect(await seen("container.cpu.periods")).toEqual([[{}, 70]]);
  expect(await seen("container.cpu.throttled.periods")).toEqual([[{}, 7]]);
  expect(await seen("container.cpu.throttled.time")).toEqual([[{}, 1.5]]);
  expect(await seen("container.memory.usage")).toEqual([[{}, 104857600]]);
  expect(await seen("container.memory.limit")).toEqual([[{}, 536870912]]);
  expect(await seen("container.memory.working_set")).toEqual([[{}, 64857600]]);
  expect(await seen("container.memory.available")).toEqual([[{}, 536870912 - 64857600]]);
  expect(await seen("container.memory.rss")).toEqual([[{}, 52428800]]);
  expect(await seen("container.paging.faults")).toEqual([
    [{ "system.paging.fault.type": "minor" }, 870],
    [{ "system.paging.fault.type": "major" }, 30],
  ]);
  const [uptimeSeconds] = (await points("container.uptime")).map(({ value }) => Number(value));
  expect(uptimeSeconds).toBeCloseTo(uptime() - 100, -1);
  expect(await seen("container.disk.io")).toEqual([
    [{ "disk.io.direction": "read" }, 5096],
    [{ "disk.io.direction": "write" }, 8192],
  ]);
});

test("the bytes of disks do not fall when a disk is removed", async () => {
  const { provider, points } = collectingProvider();
  observeHost(provider);
  const read = async (): Promise<unknown> => (await points("container.disk.io"))[0]?.value;
  const ioStat = `${CGROUP}/io.stat`;
  expect(await read()).toBe(5_096);
  CGROUP_FILES[ioStat] = "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2\n";
  expect(await read()).toBe(5_096);
  CGROUP_FILES[ioStat] = "8:0 rbytes=4100 wbytes=8192 rios=2 wios=2\n8:32 rbytes=10 wbytes=0 rios=1 wios=0\n";
  expect(await read()).toBe(5_110);
});
