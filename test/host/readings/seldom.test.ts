// Readings of files that are long or that rarely change: sockets, locks, frequencies, starts.
import { expect, test } from "vitest";
import { secondsSince, startFromStat } from "../../../src/host/readings/cgroup.ts";
import { socketsFrom, statesFrom } from "../../../src/host/readings/connections.ts";
import { frequenciesFrom, physicalCoresFrom } from "../../../src/host/readings/cpu.ts";
import { seldom } from "../../../src/host/readings/file-text.ts";
import { locksFrom } from "../../../src/host/readings/locks.ts";

// As Linux 6.1 writes them.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31418 1 ffff8a0f46b0c000 100 0 0 10 0                     
   1: 0100007F:C350 0100007F:2382 01 00000000:00000000 00:00000000 00000000     0        0 31420 1 ffff8a0f46b0c900 20 4 30 10 -1                    
   2: 0100007F:2382 0100007F:C350 08 00000001:00000000 00:00000000 00000000     0        0 31421 1 ffff8a0f46b0d200 20 4 30 10 -1                    
   3: 0100007F:C352 0100007F:2382 06 00000000:00000000 03:00001770 00000000     0        0 0 3 ffff8a0f44c1e0c0                                      
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31500 1 ffff8a0f46b20000 100 0 0 10 0
`;

test("connections are counted by their state, over both versions of IP", () => {
  expect(Object.fromEntries(statesFrom(`${TCP}\n${TCP6}`))).toEqual({
    listen: 2,
    established: 1,
    close_wait: 1,
    time_wait: 1,
  });
});

test("sockets are counted without reading each of them", () => {
  const text = `sockets: used 290
TCP: inuse 24 orphan 0 tw 326 alloc 25 mem 155
UDP: inuse 3 mem 0
UDPLITE: inuse 9
RAW: inuse 0
FRAG: inuse 0 memory 0
`;
  const text6 = "TCP6: inuse 2\nUDP6: inuse 1\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n";
  expect(socketsFrom(text, text6)).toEqual({ tcp: 352, udp: 4 });
  expect(socketsFrom(text)).toEqual({ tcp: 350, udp: 3 });
  expect(socketsFrom(undefined, text6)).toBe(undefined);
});

test("held locks are counted by kind, without those that wait", () => {
  const text = `1: POSIX  ADVISORY  READ  14250 fe:00:3539091 128 128
2: POSIX  ADVISORY  READ  14251 fe:00:3539092 128 128
3: FLOCK  ADVISORY  WRITE 14243 fe:00:2843517 0 EOF
3: -> FLOCK  ADVISORY  WRITE 14244 fe:00:2843517 0 EOF
4: OFDLCK ADVISORY  WRITE -1 fe:00:2843518 0 EOF
5: LEASE  ACTIVE    READ  14260 fe:00:2843519 0 EOF
`;
  expect(locksFrom(text).map(({ mechanism, mode, type, held }) => [mechanism, mode, type, held])).toEqual([
    ["posix", "advisory", "read", 2],
    ["flock", "advisory", "write", 1],
    ["ofdlck", "advisory", "write", 1],
    ["lease", "active", "read", 1],
  ]);
});

test("frequencies and cores are read from one list of CPUs", () => {
  const cpu = (number: number, core: number, megahertz: string): string => `processor\t: ${number}
vendor_id\t: GenuineIntel
cpu MHz\t\t: ${megahertz}
physical id\t: 0
core id\t\t: ${core}
cpu cores\t: 2
flags\t\t: fpu vme

`;
  const text = cpu(0, 0, "2596.118") + cpu(1, 0, "3100.000") + cpu(3, 1, "800");
  expect([...frequenciesFrom(text)]).toEqual([
    [0, 2_596_118_000],
    [1, 3_100_000_000],
    [3, 800_000_000],
  ]);
  expect(physicalCoresFrom(text)).toBe(2);
  const arm = "processor\t: 0\nBogoMIPS\t: 50.00\n\nprocessor\t: 1\nBogoMIPS\t: 50.00\n";
  expect(frequenciesFrom(arm).size).toBe(0);
});

test("the start of a process is found whatever its name", () => {
  const stat = "1 (my (odd) sh) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 4096 100 1844 1 1 0";
  expect(startFromStat(stat)).toBe(1234.56);
  expect(startFromStat("1 (sh) S 0")).toBe(undefined);
  expect(startFromStat(undefined)).toBe(undefined);
});

test("a container has an age, also if the uptime is the container's own", () => {
  expect(secondsSince(1_000, 1_060)).toBe(60);
  expect(secondsSince(1_000, 999.99)).toBe(0);
  expect(secondsSince(100_000, 60)).toBe(60);
});

test("a seldom reading is made once for many collections", async () => {
  let readings = 0;
  const read = seldom(async () => ++readings);
  expect([await read(), await read(), await read()]).toEqual([1, 1, 1]);
});
