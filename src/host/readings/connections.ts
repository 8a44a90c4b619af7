import { seldom, slowText } from "./file-text.ts";

// A line of the kernel's list has 150 bytes, and is generated for each socket.
const MAX_SOCKETS = 10_000;

// By the kernel's numbers.
const STATES: Readonly<Record<string, string>> = {
  "01": "established",
  "02": "syn_sent",
  "03": "syn_received",
  "04": "fin_wait_1",
  "05": "fin_wait_2",
  "06": "time_wait",
  "07": "closed",
  "08": "close_wait",
  "09": "last_ack",
  "0A": "listen",
  "0B": "closing",
  "0C": "syn_received",
};

/** Sockets of the process's network namespace. */
export interface ConnectionsReading {
  /** By the conventions' names of states; absent with more than 10,000 sockets. */
  readonly tcp?: ReadonlyMap<string, number>;
  readonly udp: number;
}

/** Reads the sockets, at most half a minute old; `undefined` if the system does not report them. */
export const readConnections: () => Promise<ConnectionsReading | undefined> = seldom(async () => {
  const [text, text6] = [await slowText("/proc/net/sockstat"), await slowText("/proc/net/sockstat6")];
  const counts = socketsFrom(text, text6);
  if (counts === undefined || counts.tcp > MAX_SOCKETS) return counts && { udp: counts.udp };
  const lists = [await slowText("/proc/net/tcp"), await slowText("/proc/net/tcp6")];
  return { tcp: statesFrom(lists.join("\n")), udp: counts.udp };
});

/** Number of sockets by `/proc/net/sockstat` and `/proc/net/sockstat6`; `undefined` without the first. */
export function socketsFrom(
  text: string | undefined,
  text6 = "",
): { readonly tcp: number; readonly udp: number } | undefined {
  if (text === undefined) return undefined;
  const both = `${text}\n${text6}`;
  const sum = (lines: RegExp): number => {
    let total = 0;
    for (const [, count] of both.matchAll(lines)) total += Number(count);
    return total;
  };
  // Those of IPv6 that are closing are in the first file, too.
  const closing = sum(/^TCP: .*\btw (\d{1,10})\b/gm);
  return { tcp: closing + sum(/^TCP6?: inuse (\d{1,10})\b/gm), udp: sum(/^UDP6?: inuse (\d{1,10})\b/gm) };
}

/** Number of connections by state, from `/proc/net/tcp` and `/proc/net/tcp6`. */
export function statesFrom(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, number = ""] of text.matchAll(
    /^ *\d+: [\dA-F]+:[\dA-F]{4} [\dA-F]+:[\dA-F]{4} ([\dA-F]{2}) /gm,
  )) {
    const state = STATES[number];
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}
