import { expect, onTestFinished, test, vi } from "vitest";
import { cgroupFromFiles, folderFromProc } from "../../../src/host/readings/cgroup.ts";
import { ioFrom, limitFrom, readProcess, sizesFromStatus } from "../../../src/host/readings/process.ts";

test("the sizes of a process are read from its status", () => {
  const text =
    "Name:\tnode\nState:\tS (sleeping)\nVmPeak:\t  999 kB\nVmSize:\t  800 kB\nVmRSS:\t 50 kB\nThreads:\t11\n";
  expect(sizesFromStatus(text)).toEqual({ residentBytes: 51200, virtualBytes: 819200, threads: 11 });
});

test("without /proc, a process has no resident memory, and its other figures", async () => {
  vi.spyOn(process.memoryUsage, "rss").mockImplementation(() => {
    throw new Error("ENOENT: no such file or directory, uv_resident_set_memory");
  });
  const platform = vi.spyOn(process, "platform", "get").mockReturnValue("freebsd");
  onTestFinished(() => void vi.restoreAllMocks());
  expect(process.platform).toBe("freebsd");
  const reading = await readProcess();
  platform.mockRestore();
  expect(reading).not.toHaveProperty("residentBytes");
  expect(reading.userSeconds).toBeGreaterThan(0);
});

test("a status without sizes, such as a zombie's, has none", () => {
  expect(sizesFromStatus("Name:\tnode\nThreads:\t1\n")).toEqual({ threads: 1 });
  expect(sizesFromStatus("")).toEqual({});
});

test("pending signals are those of the process and of its main thread", () => {
  const status = (thread: string, process: string): string => `SigPnd:\t${thread}\nShdPnd:\t${process}\n`;
  expect(sizesFromStatus(status("0000000000000000", "0000000000000000"))).toEqual({ pendingSignals: 0 });
  // SIGUSR1 for both, and SIGTERM.
  expect(sizesFromStatus(status("0000000000000200", "0000000000004200"))).toEqual({ pendingSignals: 2 });
});

test("input and output of a process are its bytes from and to storage, and its calls", () => {
  const text = "rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: 4096\nwrite_bytes: 8192\n";
  expect(ioFrom(text)).toEqual({
    readBytes: 4096,
    writtenBytes: 8192,
    readOperations: 7,
    writeOperations: 6,
  });
  expect(ioFrom("rchar: 9\n")).toBeUndefined();
  expect(ioFrom(undefined)).toBeUndefined();
});

test("the limit of file descriptors is the soft one, if there is one", () => {
  const line = (soft: string): string =>
    `Limit  Soft Limit  Hard Limit  Units\nMax open files   ${soft}   1048576   files\n`;
  expect(limitFrom(line("1024"))).toBe(1024);
  expect(limitFrom(line("unlimited"))).toBeUndefined();
  expect(limitFrom(undefined)).toBeUndefined();
});

const MOUNTINFO = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";

test.each([
  ["a container with a namespace of its own", "0::/\n", MOUNTINFO, "/sys/fs/cgroup"],
  ["a service", "0::/system.slice/shop.service\n", MOUNTINFO, "/sys/fs/cgroup/system.slice/shop.service"],
  [
    "a container with the machine's groups",
    "0::/docker/abc\n",
    "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
    "/sys/fs/cgroup",
  ],
  [
    "a group within such a container",
    "0::/docker/abc/inner\n",
    "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
    "/sys/fs/cgroup/inner",
  ],
  [
    "both versions side by side",
    "4:memory:/x\n1:cpu:/x\n0::/x\n",
    "31 26 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 c rw\n",
    "/sys/fs/cgroup/unified/x",
  ],
  [
    "version 1 alone",
    "4:memory:/x\n1:cpu:/x\n",
    "41 31 0:38 / /sys/fs/cgroup/cpu rw - cgroup c rw\n",
    undefined,
  ],
  ["no group at all", "", "", undefined],
])("the folder of a control group is found for %s", (_, cgroup, mountinfo, folder) => {
  expect(folderFromProc(cgroup, mountinfo)).toBe(folder);
});

test("limits and throttling are read", () => {
  expect(
    cgroupFromFiles({
      cpuMax: "150000 100000\n",
      cpuStat: `usage_usec 9000000
user_usec 6000000
system_usec 3000000
core_sched.force_idle_usec 0
nr_periods 70
nr_throttled 7
throttled_usec 1500000
nr_bursts 0
burst_usec 0
`,
      memoryMax: "536870912\n",
      memoryCurrent: "104857600\n",
      memoryStat: "anon 52428800\nfile 50000000\ninactive_file 40000000\npgfault 900\npgmajfault 30\n",
      ioStat:
        "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1000 wbytes=0 rios=1 wios=0\n",
    }),
  ).toEqual({
    cpuLimit: 1.5,
    userSeconds: 6,
    systemSeconds: 3,
    periods: 70,
    throttledPeriods: 7,
    throttledSeconds: 1.5,
    memoryLimitBytes: 536870912,
    memoryBytes: 104857600,
    workingSetBytes: 64857600,
    anonymousBytes: 52428800,
    pageFaults: 900,
    majorPageFaults: 30,
    readBytes: 5096,
    writtenBytes: 8192,
  });
});

test("a group without limits has none", () => {
  expect(
    cgroupFromFiles({
      cpuMax: "max 100000\n",
      cpuStat: "usage_usec 3\nuser_usec 2000000\nsystem_usec 1000000\n",
      memoryMax: "max\n",
      memoryCurrent: undefined,
      memoryStat: "anon 1\n",
      ioStat: "8:0 \n",
    }),
  ).toEqual({ userSeconds: 2, systemSeconds: 1, anonymousBytes: 1 });
});

test("a group without figures is not a reading", () => {
  const nothing = {
    cpuMax: undefined,
    cpuStat: undefined,
    memoryMax: undefined,
    memoryCurrent: undefined,
    memoryStat: undefined,
    ioStat: undefined,
  };
  expect(cgroupFromFiles(nothing)).toBeUndefined();
  expect(cgroupFromFiles({ ...nothing, cpuMax: "", cpuStat: "", memoryMax: "max" })).toBeUndefined();
});
