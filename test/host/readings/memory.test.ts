import { expect, test } from "vitest";
import { memoryFromMeminfo, pagingFromVmstat } from "../../../src/host/readings/memory.ts";

const KIB = 1024;

test("memory is read in the format of Linux 6", () => {
  const text = `MemTotal:       24684084 kB
MemFree:        24048284 kB
MemAvailable:   24269640 kB
Buffers:            1316 kB
Cached:            91100 kB
SwapCached:            0 kB
Active(anon):       1568 kB
SwapTotal:       2097148 kB
SwapFree:        2000000 kB
Shmem:              8872 kB
KReclaimable:     400676 kB
Slab:             439600 kB
SReclaimable:     400676 kB
SUnreclaim:        38924 kB
HugePages_Total:       0
DirectMap1G:    25165824 kB
`;
  expect(memoryFromMeminfo(text)).toEqual({
    totalBytes: 24684084 * KIB,
    availableBytes: 24269640 * KIB,
    freeBytes: 24048284 * KIB,
    buffersBytes: 1316 * KIB,
    cachedBytes: (91100 + 400676) * KIB,
    swapTotalBytes: 2097148 * KIB,
    swapFreeBytes: 2000000 * KIB,
    sharedBytes: 8872 * KIB,
    slab: { reclaimableBytes: 400676 * KIB, unreclaimableBytes: 38924 * KIB },
  });
});

test("huge pages are read if there are any", () => {
  const text = `MemTotal:        1030820 kB
HugePages_Total:      10
HugePages_Free:        7
HugePages_Rsvd:        2
HugePages_Surp:        1
Hugepagesize:       2048 kB
`;
  const hugePages = { total: 10, free: 7, reserved: 2, surplus: 1, pageBytes: 2048 * KIB };
  expect(memoryFromMeminfo(text)).toMatchObject({ hugePages });
});

test("before Linux 3.14, free memory and the caches are available", () => {
  const text = `MemTotal:        1030820 kB
MemFree:          101000 kB
Buffers:           20000 kB
Cached:           300000 kB
SwapTotal:             0 kB
SwapFree:              0 kB
SReclaimable:      40000 kB
`;
  expect(memoryFromMeminfo(text)).toMatchObject({ availableBytes: 461000 * KIB, swapTotalBytes: 0 });
});

test.each(["", "MemFree: 5 kB\n", "MemTotal: many kB\n"])(
  "a text without the total is not a reading: %j",
  (text) => {
    expect(memoryFromMeminfo(text)).toBeUndefined();
  },
);

test("paging is read from among many other counters", () => {
  const text = `nr_free_pages 6012071
pswpin 12
pswpout 34
pgalloc_dma 0
pgfault 369224771
pgmajfault 13431
pgmajfault_other 7
`;
  expect(pagingFromVmstat(text)).toEqual({
    minorFaults: 369211340,
    majorFaults: 13431,
    swappedIn: 12,
    swappedOut: 34,
  });
});

test("without swap, no pages are swapped", () => {
  expect(pagingFromVmstat("pgfault 10\npgmajfault 4")).toEqual({
    minorFaults: 6,
    majorFaults: 4,
    swappedIn: 0,
    swappedOut: 0,
  });
});

test.each(["", "pgfault 10\n", "xpgfault 1\npgmajfault 2\n", "pgfault \npgmajfault x\n"])(
  "a text without page faults is not a reading: %j",
  (text) => {
    expect(pagingFromVmstat(text)).toBeUndefined();
  },
);
