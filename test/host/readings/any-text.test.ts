import fc from "fast-check";
import { expect, test } from "vitest";
import { cgroupFromFiles, folderFromProc, startFromStat } from "../../../src/host/readings/cgroup.ts";
import { socketsFrom, statesFrom } from "../../../src/host/readings/connections.ts";
import { cpuFromStat, frequenciesFrom, physicalCoresFrom } from "../../../src/host/readings/cpu.ts";
import { locksFrom } from "../../../src/host/readings/locks.ts";
import { disksFromDiskstats } from "../../../src/host/readings/disks.ts";
import { memoryFromMeminfo, pagingFromVmstat } from "../../../src/host/readings/memory.ts";
import { mountsFromMountinfo } from "../../../src/host/readings/file-systems.ts";
import { networkFromDev } from "../../../src/host/readings/network.ts";
import { ioFrom, sizesFromStatus } from "../../../src/host/readings/process.ts";

// Words of these files in any order, and any others.
const words = fc.constantFrom(
  "cpu",
  "cpu0",
  "MemTotal:",
  "kB",
  "pgfault",
  "pgmajfault",
  "eth0:",
  "sda",
  "-",
  "/",
  "0::/",
  "cgroup2",
  "ext4",
  "/dev/sda",
  "max",
  "VmRSS:",
  " ",
  "\t",
  "\n",
);
const texts = fc
  .array(fc.oneof(words, fc.integer().map(String), fc.string()), { maxLength: 60 })
  .map((parts) => parts.join(" "));

test.each<[string, (text: string) => unknown]>([
  ["processors", cpuFromStat],
  ["memory", memoryFromMeminfo],
  ["frequencies", frequenciesFrom],
  ["sockets", (text) => [socketsFrom(text, text), statesFrom(text)]],
  ["locks", locksFrom],
  ["starts", startFromStat],
  ["paging", pagingFromVmstat],
  ["mounts", mountsFromMountinfo],
  ["disks", (text) => disksFromDiskstats(text, () => true)],
  ["network", networkFromDev],
  ["the process", sizesFromStatus],
  ["the control group's folder", (text) => folderFromProc(text, text)],
  [
    "the control group",
    (text) =>
      cgroupFromFiles({
        cpuMax: text,
        cpuStat: text,
        memoryMax: text,
        memoryCurrent: text,
        memoryStat: text,
        ioStat: text,
      }),
  ],
  ["the input and output of the process", ioFrom],
  ["physical cores", physicalCoresFrom],
])("whatever a file contains, reading %s from it returns no NaN and throws nothing", (_, read) => {
  fc.assert(
    fc.property(texts, (text) => {
      const unfit: unknown[] = [];
      JSON.stringify(read(text), (_key, value: unknown) => {
        if (Number.isNaN(value)) unfit.push(value);
        return value;
      });
      expect(unfit).toEqual([]);
    }),
  );
});
