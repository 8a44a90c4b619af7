// Rows of `nvidia-smi --query-gpu`, as its `--help-query-gpu` describes them.
import type { GpuIdentity, GpuReading } from "./gpu-reading.ts";

const MIB = 2 ** 20;
// A model name that contains a comma must not shift the other fields.
const LAST = "name";

/** The fields that are asked for. Each driver knows some of them. */
const FIELDS: readonly string[] = [
  "uuid",
  "index",
  "driver_version",
  "utilization.gpu",
  "utilization.memory",
  "utilization.encoder",
  "utilization.decoder",
  "memory.total",
  "memory.used",
  "temperature.gpu",
  "temperature.memory",
  "power.draw",
  "enforced.power.limit",
  "clocks.current.graphics",
  "clocks.current.sm",
  "clocks.current.memory",
  "clocks.current.video",
  "clocks_event_reasons.active",
  "clocks_event_reasons_counters.sw_power_cap",
  "clocks_event_reasons_counters.sync_boost",
  "clocks_event_reasons_counters.sw_thermal_slowdown",
  "clocks_event_reasons_counters.hw_thermal_slowdown",
  "clocks_event_reasons_counters.hw_power_brake_slowdown",
  "ecc.errors.corrected.aggregate.total",
  "ecc.errors.uncorrected.aggregate.total",
  "gpu_recovery_action",
  LAST,
];
// Names in drivers before release 535.
const EARLIER_NAMES: Readonly<Record<string, string>> = {
  "clocks_event_reasons.active": "clocks_throttle_reasons.active",
};
// A driver knows all or none of these.
const GROUPS = ["clocks_event_reasons_counters.", "ecc.errors."];

// Bits of `nvmlClocksEventReason…` in nvml.h.
const REASONS: Readonly<Record<string, number>> = {
  gpu_idle: 0x1,
  applications_clocks_setting: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal_slowdown: 0x20,
  hw_thermal_slowdown: 0x40,
  hw_power_brake_slowdown: 0x80,
  display_clock_setting: 0x100,
};
const DEGRADING = 0x8 | 0x40 | 0x80;
const LOST = /^\[GPU (?:is lost|requires reset)\]$/i;

/** The fields that the driver knows, and readings of its rows. */
export class NvidiaQuery {
  #fields = FIELDS;
  // By index. The row of a lost GPU may lack all else.
  readonly #identities = new Map<string, GpuIdentity>();

  /** The fields to ask for. */
  get fields(): readonly string[] {
    return this.#fields;
  }

  /** Returns whether `line` refuses a field; that field is asked for no more. */
  refuses(line: string): boolean {
    const refused = /^Field "([\w.]+)" is not a valid field to query/.exec(line)?.[1];
    if (refused === undefined || !this.#fields.includes(refused)) return false;
    const earlier = EARLIER_NAMES[refused];
    const group = GROUPS.find((prefix) => refused.startsWith(prefix));
    this.#fields = this.#fields.flatMap((field) => {
      if (field === refused) return earlier ?? [];
      return group !== undefined && field.startsWith(group) ? [] : field;
    });
    return true;
  }

  /** Reads a row; `undefined` if it is not one. */
  reading(line: string): GpuReading | undefined {
    const values = line.split(",");
    const count = this.#fields.length;
    if (values.length < count) return undefined;
    const last = values.splice(count - 1).join(",");
    const row = new Map(this.#fields.map((field, i) => [field, (values[i] ?? last).trim()]));
    const id = row.get("uuid") ?? "";
    const index = row.get("index") ?? "";
    if (/^GPU-[\w-]{1,60}$/.test(id)) {
      const reading = readingFrom(id, row);
      const { vendor, name, model, driverVersion } = reading;
      if (/^\d{1,3}$/.test(index)) this.#identities.set(index, { id, vendor, name, model, driverVersion });
      return reading;
    }
    const identity = this.#identities.get(index);
    return identity === undefined || !isLost(row) ? undefined : { ...identity, status: "failed" };
  }
}

function readingFrom(id: string, row: ReadonlyMap<string, string>): GpuReading {
  const number = (field: string, factor = 1): number | undefined =>
    scaled(amountFrom(row.get(field)), factor);
  const share = (field: string): number | undefined => shareFrom(row.get(field));
  const megahertz = (name: string): number | undefined => number(`clocks.current.${name}`, 1e6);
  const counted = (name: string): number | undefined => number(`clocks_event_reasons_counters.${name}`, 1e-6);
  const active = maskFrom(
    row.get("clocks_event_reasons.active") ?? row.get("clocks_throttle_reasons.active"),
  );
  const index = number("index");
  return {
    id,
    vendor: "NVIDIA",
    name: index === undefined ? undefined : `nvidia${index}`,
    model: textFrom(row.get(LAST)),
    driverVersion: textFrom(row.get("driver_version")),
    status: statusFrom(row, active),
    utilization: {
      general: share("utilization.gpu"),
      encoder: share("utilization.encoder"),
      decoder: share("utilization.decoder"),
      memory_controller: share("utilization.memory"),
    },
    usedBytes: number("memory.used", MIB),
    totalBytes: number("memory.total", MIB),
    temperatures: { gpu: number("temperature.gpu"), memory: number("temperature.memory") },
    powerWatts: number("power.draw"),
    powerLimitWatts: number("enforced.power.limit"),
    clocks: {
      graphics: megahertz("graphics"),
      sm: megahertz("sm"),
      memory: megahertz("memory"),
      video: megahertz("video"),
    },
    throttled:
      active === undefined
        ? {}
        : Object.fromEntries(Object.entries(REASONS).map(([name, bit]) => [name, active & bit ? 1 : 0])),
    throttledSeconds: {
      sw_power_cap: counted("sw_power_cap"),
      sync_boost: counted("sync_boost"),
      sw_thermal_slowdown: counted("sw_thermal_slowdown"),
      hw_thermal_slowdown: counted("hw_thermal_slowdown"),
      hw_power_brake_slowdown: counted("hw_power_brake_slowdown"),
    },
    errors: {
      corrected: number("ecc.errors.corrected.aggregate.total"),
      uncorrected: number("ecc.errors.uncorrected.aggregate.total"),
    },
  };
}

/** Returns a number of 0 or more, with or without its unit. `[N/A]` and errors are `undefined`. */
export function amountFrom(text: string | undefined): number | undefined {
  const digits = /^(\d{1,18}(?:\.\d{1,9})?)(?: [\w/%]+)?$/.exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Returns a name; `undefined` for `[N/A]` and errors. */
export function textFrom(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "N/A" || text.startsWith("[") ? undefined : text;
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function shareFrom(text: string | undefined): number | undefined {
  const percent = amountFrom(text);
  return percent === undefined || percent > 100 ? undefined : percent / 100;
}

function maskFrom(text: string | undefined): number | undefined {
  const mask = /^0x([0-9a-f]{1,16})$/i.exec(text ?? "")?.[1];
  // All known bits are in the lower half.
  return mask === undefined ? undefined : Number.parseInt(mask.slice(-8), 16);
}

function statusFrom(row: ReadonlyMap<string, string>, active = 0): GpuReading["status"] {
  const action = row.get("gpu_recovery_action") ?? "";
  if (isLost(row) || /^(?:Reset|Reboot)\b/.test(action)) return "failed";
  return action.startsWith("Drain") || (active & DEGRADING) !== 0 ? "degraded" : "ok";
}

function isLost(row: ReadonlyMap<string, string>): boolean {
  return [...row.values()].some((value) => LOST.test(value));
}
