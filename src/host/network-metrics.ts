import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { readConnections } from "./readings/connections.ts";
import { MAX_INTERFACES, type NetworkReading, readNetwork } from "./readings/network.ts";

/** Metric `system.network.connection.count`. */
export function connectionMetrics({ upDownCounter }: ObservedInstruments): Observe {
  const count = upDownCounter(
    "system.network.connection.count",
    "{connection}",
    "Connections of TCP by state, and sockets of UDP.",
  );

  return async (result) => {
    const { tcp, udp } = (await readConnections()) ?? {};
    for (const [state, connections] of tcp ?? [])
      result.observe(count, connections, { "network.transport": "tcp", "network.connection.state": state });
    observeKnown(result, count, udp, { "network.transport": "udp" });
  };
}

/** Metrics of `system.network.*`, of its interfaces. */
export function networkMetrics(
  { counter }: ObservedInstruments,
  read: () => Promise<readonly NetworkReading[] | undefined> = readNetwork,
): Observe {
  const io = counter("system.network.io", "By", "Bytes that were received and transmitted.");
  const packets = counter(
    "system.network.packet.count",
    "{packet}",
    "Packets that were received and transmitted.",
  );
  const errors = counter("system.network.errors", "{error}", "Errors of network interfaces.");
  const dropped = counter(
    "system.network.packet.dropped",
    "{packet}",
    "Packets that were dropped although they were valid.",
  );

  return async (result) => {
    const interfaces = (await read()) ?? [];
    for (const { name, received, transmitted } of interfaces.slice(0, MAX_INTERFACES)) {
      for (const [direction, traffic] of [
        ["receive", received],
        ["transmit", transmitted],
      ] as const) {
        const attributes = { "network.interface.name": name, "network.io.direction": direction };
        observeKnown(result, io, traffic.bytes, attributes);
        // The semantic conventions name the interface `system.device.name` here.
        observeKnown(result, packets, traffic.packets, { ...attributes, "system.device.name": name });
        observeKnown(result, errors, traffic.errors, attributes);
        observeKnown(result, dropped, traffic.dropped, attributes);
      }
    }
  };
}
