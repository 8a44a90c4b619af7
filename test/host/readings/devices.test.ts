import { expect, test } from "vitest";
import { disksFromDiskstats } from "../../../src/host/readings/disks.ts";
import { networkFromDev } from "../../../src/host/readings/network.ts";

const isWhole = (device: string): boolean => !/[a-z]\d$/.test(device);

test("whole disks are read in the format of Linux 6, without partitions and virtual disks", () => {
  const text = `   7       0 loop0 40 0 80 1 0 0 0 0 0 1 1 0 0 0 0 0 0
 254       0 vda 625782 42874 17290658 546537 233964 1722339 44237096 230782 0 105660 845086 1215556 119 31756456 67698 677 68
 254       1 vda1 625700 42874 17290000 546500 233964 1722339 44237096 230782 0 105600 845000 0 0 0 0 0 0
 253       0 zram0 5 0 40 0 9 0 72 0 0 0 0 0 0 0 0 0 0
   1       0 ram0 5 0 40 0 9 0 72 0 0 0 0 0 0 0 0 0 0
`;
  expect(disksFromDiskstats(text, isWhole)).toEqual([
    {
      device: "vda",
      reads: { bytes: 17290658 * 512, operations: 625782, merged: 42874, seconds: 546.537 },
      writes: { bytes: 44237096 * 512, operations: 233964, merged: 1722339, seconds: 230.782 },
      busySeconds: 105.66,
    },
  ]);
});

test.each([
  ["2.6.32", "   8       0 sda 10 1 80 20 5 2 40 30 0 45 50"],
  ["4.19", "   8       0 sda 10 1 80 20 5 2 40 30 0 45 50 0 0 0 0"],
  ["5.10", "   8       0 sda 10 1 80 20 5 2 40 30 0 45 50 0 0 0 0 3 9"],
])("the columns of Linux %s have the same meaning", (_, line) => {
  expect(disksFromDiskstats(line, isWhole)).toEqual([
    {
      device: "sda",
      reads: { bytes: 40960, operations: 10, merged: 1, seconds: 0.02 },
      writes: { bytes: 20480, operations: 5, merged: 2, seconds: 0.03 },
      busySeconds: 0.045,
    },
  ]);
});

test.each(["", "nonsense", "   8       1 sda1 10 80 5 40", "8 0 sda 1 2 3 4 5 6 7 8 9 ten 11"])(
  "lines without a whole disk are skipped: %j",
  (text) => {
    expect(disksFromDiskstats(text, () => true)).toEqual([]);
  },
);

const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

test("network interfaces are read, in both directions", () => {
  const text = `${HEAD}    lo: 221529951  400080    0    0    0     0          0         0 221529951  400080    0    0    0     0       0          0
  eth0: 1597456587   49345    1    2    0     0          0         0  4475869   30834    3    4    0     0       0          0
`;
  expect(networkFromDev(text)).toEqual([
    {
      name: "lo",
      received: { bytes: 221529951, packets: 400080, errors: 0, dropped: 0 },
      transmitted: { bytes: 221529951, packets: 400080, errors: 0, dropped: 0 },
    },
    {
      name: "eth0",
      received: { bytes: 1597456587, packets: 49345, errors: 1, dropped: 2 },
      transmitted: { bytes: 4475869, packets: 30834, errors: 3, dropped: 4 },
    },
  ]);
});

test("a name with a colon and a number without a blank before it are read as Linux 2.6 writes them", () => {
  const text = `${HEAD}eth0:1:1597456587 49345 0 0 0 0 0 0 4475869 30834 0 0 0 0 0 0\n`;
  expect(networkFromDev(text)).toMatchObject([{ name: "eth0:1", received: { bytes: 1597456587 } }]);
});

test.each(["", HEAD, "eth0: 1 2 3", "eth0: a b c d e f g h i j k l m n o p"])(
  "lines without an interface are skipped: %j",
  (text) => {
    expect(networkFromDev(text)).toEqual([]);
  },
);
