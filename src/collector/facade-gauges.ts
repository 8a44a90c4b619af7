// Where the gauges of a facade go when they are set by name: the figures behind them are the facade's.
import { LogOnce } from "../diagnostics/log-once.ts";
import { CellGauge } from "./cell-instruments.ts";
import type { Messaging } from "../facades/messaging/index.ts";
import type { GaugeTarget } from "./named-metrics.ts";
import { attributesFromLabels } from "./reference-metrics.ts";

const DESTINATION = "messaging.destination.name";

/** Hands sizes of queues on to `queueSize`. Increments count from what was last set here, not from the facade's own. */
export function queueSizeTarget(messaging: () => Messaging, onBadLabel: (key: string) => void): GaugeTarget {
  return new CellGauge(
    ({ [DESTINATION]: destination, ...attributes }) =>
      (size) => {
        messaging().queueSize(destination === undefined ? undefined : String(destination), size, attributes);
      },
    (labels) => attributesFromLabels(labels, onBadLabel),
  );
}

/** Drops everything: such a gauge shows what its facade found out. `calls` are those that change it. */
export function readOnlyTarget(name: string, calls: string): GaugeTarget {
  const once = new LogOnce();
  const drop = (): void =>
    once.warn(
      name,
      () => `gauge "${name}": it shows what its facade knows and cannot be set; call ${calls} of the facade`,
    );
  return { record: drop, adjust: drop };
}
