// What went through the network interfaces since they came up.
import { fileText, wordsOf } from "./file-text.ts";

/** How many interfaces are told of one by one: machines that run containers have one for each of them. */
export const MAX_INTERFACES = 100;

/** What went one way through an interface. */
export interface TrafficReading {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** One network interface of the network namespace that the process is in, the loopback one among them. */
export interface NetworkReading {
  readonly name: string;
  readonly received: TrafficReading;
  readonly transmitted: TrafficReading;
}

/** What may be known of a network interface. */
export interface NetworkFigures {
  readonly name: string;
  readonly received: TrafficFigures;
  readonly transmitted: TrafficFigures;
}

type TrafficFigures = { readonly [Figure in keyof TrafficReading]?: number | undefined };

/** The network interfaces; `undefined` where the system does not tell: outside of Linux. */
export async function readNetwork(): Promise<readonly NetworkReading[] | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/net/dev") : undefined;
  return text === undefined ? undefined : networkFromDev(text);
}

/** Reads `/proc/net/dev`. */
export function networkFromDev(text: string): readonly NetworkReading[] {
  const interfaces: NetworkReading[] = [];
  for (const line of text.split("\n")) {
    // The name may hold colons, as `eth0:1` does, and old kernels leave no blank after the last one.
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
