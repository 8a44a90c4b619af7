import { fileText, wordsOf } from "./file-text.ts";

/** Maximum number of observed interfaces: machines that run containers have one for each. */
export const MAX_INTERFACES = 100;

/** Traffic in one direction since the interface came up; unknown figures are `undefined`. */
export type TrafficReading = {
  readonly [Figure in "bytes" | "packets" | "errors" | "dropped"]?: number | undefined;
};

/** A network interface of the process's network namespace, loopback included. */
export interface NetworkReading {
  readonly name: string;
  readonly received: TrafficReading;
  readonly transmitted: TrafficReading;
}

/** Reads the network interfaces; `undefined` outside of Linux. */
export async function readNetwork(): Promise<readonly NetworkReading[] | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/net/dev") : undefined;
  return text === undefined ? undefined : networkFromDev(text);
}

/** Parses `/proc/net/dev`. */
export function networkFromDev(text: string): readonly NetworkReading[] {
  const interfaces: NetworkReading[] = [];
  for (const line of text.split("\n")) {
    // Names may contain colons (`eth0:1`), and old kernels write no blank after the last one.
    const end = line.lastIndexOf(":");
    const counts = end < 0 ? [] : wordsOf(line.slice(end + 1)).map(Number);
    if (counts.length < 16 || counts.some(Number.isNaN)) continue;
    interfaces.push({
      name: line.slice(0, end).trim(),
      received: trafficFrom(counts.slice(0, 8)),
      transmitted: trafficFrom(counts.slice(8)),
    });
  }
  return interfaces;
}

function trafficFrom([bytes = 0, packets = 0, errors = 0, dropped = 0]: readonly number[]): TrafficReading {
  return { bytes, packets, errors, dropped };
}
