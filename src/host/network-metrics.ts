// What goes through the network interfaces.
import type { HostInstruments, Observe } from "./host-instruments.ts";
import { MAX_INTERFACES, readNetwork } from "./readings/network.ts";

/** `system.network.*`. */
export function networkMetrics(instruments: HostInstruments): Observe {
  const io = instruments.counter("system.network.io", "By", "What was received and transmitted.");
  const packets = instruments.counter(
    "system.network.packet.count",
    "{packet}",
    "Packets that were received and transmitted.",
  );
  const errors = instruments.counter("system.network.errors", "{error}", "Errors of network interfaces.");
  const dropped = instruments.counter(
    "system.network.packet.dropped",
    "{packet}",
    "Packets that were given up though nothing was wrong with them.",
  );

  return async (result) => {
    const interfaces = (await readNetwork()) ?? [];
    for (const { name, received, transmitted } of interfaces.slice(0, MAX_INTERFACES)) {
      for (const [direction, traffic] of [
        ["receive", received],
        ["transmit", transmitted],
      ] as const) {
        const attributes = { "network.interface.name": name, "network.io.direction": direction };
        result.observe(io, traffic.bytes, attributes);
        // The conventions name the interface differently here; with both keys it is found either way.
        result.observe(packets, traffic.packets, { ...attributes, "system.device": name });
        result.observe(errors, traffic.errors, attributes);
        result.observe(dropped, traffic.dropped, attributes);
      }
    }
  };
}
