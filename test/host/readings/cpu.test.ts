import { expect, test } from "vitest";
import {
  cpuFromStat,
  type CpuReading,
  cpuShares,
  physicalCoresFrom,
  steadyCpu,
} from "../../../src/host/readings/cpu.ts";

test("CPUs are read in the format of Linux 6", () => {
  const text = `cpu  873892 10 226021 1121943 4135 20 1845 265 7 3
cpu0 434154 4 109173 569459 656 5 391 135 7 3
cpu1 439738 6 116848 552484 3479 15 1454 130 0 0
intr 108741211 0 9 0 0 0 0 0 0 1
ctxt 72769041
btime 1795159296
processes 302172
procs_running 4
procs_blocked 0
softirq 6447889 0 738661 9 343746 1597916 0 4 1092727 97 2674729
`;
  expect(cpuFromStat(text)).toEqual({
    overall: {
      user: 8738.92,
      nice: 0.1,
      system: 2260.21,
      idle: 11219.43,
      iowait: 41.35,
      interrupt: 18.65,
      steal: 2.65,
    },
    cores: [
      {
        logicalNumber: 0,
        times: {
          user: 4341.54,
          nice: 0.04,
          system: 1091.73,
          idle: 5694.59,
          iowait: 6.56,
          interrupt: 3.96,
          steal: 1.35,
        },
      },
      {
        logicalNumber: 1,
        times: {
          user: 4397.38,
          nice: 0.06,
          system: 1168.48,
          idle: 5524.84,
          iowait: 34.79,
          interrupt: 14.69,
          steal: 1.3,
        },
      },
    ],
    createdProcesses: 302172,
  });
});

test("physical cores are counted over sockets; without their names the number is unknown", () => {
  const core = (socket: number, id: number): string =>
    `processor\t: 0\nphysical id\t: ${socket}\nsiblings\t: 4\ncore id\t\t: ${id}\ncpu cores\t: 2\n\n`;
  const text = [core(0, 0), core(0, 1), core(0, 0), core(1, 0), core(1, 1)].join("");
  expect(physicalCoresFrom(text)).toBe(4);
  expect(physicalCoresFrom("processor\t: 0\nBogoMIPS\t: 50\n")).toBeUndefined();
  expect(physicalCoresFrom(undefined)).toBeUndefined();
});

test("a CPU that is switched off leaves a gap in the numbers", () => {
  const text = "cpu  2 0 0 8 0 0 0 0 0 0\ncpu0 1 0 0 4 0 0 0 0 0 0\ncpu3 1 0 0 4 0 0 0 0 0 0\nintr 5\n";
  expect(cpuFromStat(text)?.cores.map(({ logicalNumber }) => logicalNumber)).toEqual([0, 3]);
});

test("columns missing before Linux 2.6.11 are 0", () => {
  const times = cpuFromStat("cpu  100 200 300 400 50 6 7\ncpu0 100 200 300 400 50 6 7\n")?.overall;
  expect(times).toEqual({
    user: 1,
    nice: 2,
    system: 3,
    idle: 4,
    iowait: 0.5,
    interrupt: 0.13,
    steal: 0,
  });
});

test.each(["", "intr 5\nctxt 7\n"])("a text without CPUs is not a reading: %j", (text) => {
  expect(cpuFromStat(text)).toBeUndefined();
});

function reading(overall: CpuReading["overall"], ...cores: CpuReading["overall"][]): CpuReading {
  return { overall, cores: cores.map((times, logicalNumber) => ({ logicalNumber, times })) };
}

test("the shares of a CPU's modes add up to 1", () => {
  const earlier = reading({ user: 10, idle: 90, steal: 0 }, { user: 10, idle: 90 });
  const later = reading({ user: 11, idle: 92, steal: 1 }, { user: 12, idle: 90 });
  expect(cpuShares(earlier, later)).toEqual(
    reading({ user: 0.25, idle: 0.5, steal: 0.25 }, { user: 1, idle: 0 }),
  );
});

test("a mode that fell has no share", () => {
  const earlier = reading({ user: 1, idle: 90.01, iowait: 5 });
  expect(cpuShares(earlier, reading({ user: 2, idle: 90, iowait: 6 })).overall).toEqual({
    user: 0.5,
    idle: 0,
    iowait: 0.5,
  });
});

test("a CPU that has just been switched on, or a period of no time, has no shares", () => {
  const earlier = reading({ user: 1, idle: 1 });
  const later = reading({ user: 1, idle: 1 }, { user: 0, idle: 3 });
  expect(cpuShares(earlier, later)).toEqual(reading({}, {}));
});

test("small falls of a time are ignored, a restart is not", () => {
  const earlier = reading({ idle: 90, user: 50 }, { idle: 90, user: 50 }, { idle: 90, user: 50 });
  const later = reading({ idle: 89.98, user: 51 }, { idle: 89.98, user: 51 }, { idle: 0.5, user: 0.2 });
  expect(steadyCpu(earlier, later)).toEqual(
    reading({ idle: 90, user: 51 }, { idle: 90, user: 51 }, { idle: 0.5, user: 0.2 }),
  );
  expect(steadyCpu(undefined, later)).toBe(later);
});
