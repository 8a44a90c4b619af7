import type { Attributes, BatchObservableResult, Observable } from "@opentelemetry/api";
import { type ObservedInstruments, observeKnown } from "../instruments.ts";
import type { Figures, GpuIdentity, GpuReading } from "./gpu-reading.ts";

const ID = "hw.id";
const STATES = ["ok", "degraded", "failed"] as const;

/** Metrics of GPUs. Returns the function that observes readings. */
export function gpuInstruments({
  counter,
  gauge,
  upDownCounter,
}: ObservedInstruments): (result: BatchObservableResult, readings: readonly GpuReading[]) => void {
  const utilization = gauge("hw.gpu.utilization", "1", "Share of the time in which the GPU did a task.");
  const usage = upDownCounter("hw.gpu.memory.usage", "By", "Memory of the GPU in use.");
  const limit = upDownCounter("hw.gpu.memory.limit", "By", "Memory of the GPU.");
  const used = gauge("hw.gpu.memory.utilization", "1", "Share of the GPU's memory in use.");
  const ofProcess = upDownCounter(
    "hw.gpu.process.memory.usage",
    "By",
    "Memory of the GPU that a process holds.",
  );
  const ofInstance = upDownCounter(
    "hw.gpu.mig.memory.usage",
    "By",
    "Memory in use in a part of a GPU (multi-instance GPU).",
  );
  const instanceLimit = upDownCounter(
    "hw.gpu.mig.memory.limit",
    "By",
    "Memory of a part of a GPU (multi-instance GPU).",
  );
  const clock = gauge("hw.gpu.clock.frequency", "Hz", "Current frequency of a clock of the GPU.");
  const throttled = gauge(
    "hw.gpu.throttled",
    "",
    "Whether the GPU's clocks are reduced for a reason: 1 or 0.",
  );
  const throttledTime = counter(
    "hw.gpu.throttled.time",
    "s",
    "Time for which the GPU's clocks were reduced for a reason, since the driver was loaded.",
  );
  const pcie = gauge("hw.gpu.pcie.throughput", "By/s", "PCIe traffic of the GPU, by a short sample.");
  const powerLimit = gauge("hw.gpu.power.limit", "W", "Power that the GPU may draw.");
  const temperature = gauge("hw.temperature", "Cel", "Temperature of a sensor.");
  const power = gauge("hw.power", "W", "Power that a component draws.");
  const energy = counter("hw.energy", "J", "Energy that a component used, since its driver was loaded.");
  const errors = counter("hw.errors", "{error}", "Errors of a component's memory, over its life.");
  const status = upDownCounter("hw.status", "1", "State of a component: 1 for the current one, else 0.");

  return (result, readings) => {
    for (const gpu of readings) {
      const identity = identityOf(gpu);
      const component = { ...identity, "hw.type": "gpu" };
      const each = (instrument: Observable, figures: Figures | undefined, key: string): void =>
        observeEach(result, instrument, figures, identity, key);
      const { usedBytes, totalBytes } = gpu;
      each(utilization, gpu.utilization, "hw.gpu.task");
      observeKnown(result, usage, usedBytes, identity);
      observeKnown(result, limit, totalBytes, identity);
      if (usedBytes !== undefined && totalBytes !== undefined && totalBytes > 0)
        result.observe(used, usedBytes / totalBytes, identity);
      each(clock, gpu.clocks, "hw.gpu.clock");
      each(throttled, gpu.throttled, "hw.gpu.throttle.reason");
      each(throttledTime, gpu.throttledSeconds, "hw.gpu.throttle.reason");
      each(pcie, gpu.pcieBytesPerSecond, "network.io.direction");
      each(temperature, gpu.temperatures, "hw.sensor_location");
      observeKnown(result, powerLimit, gpu.powerLimitWatts, identity);
      observeKnown(result, power, gpu.powerWatts, component);
      observeKnown(result, energy, gpu.energyJoules, component);
      observeEach(result, errors, gpu.errors, component, "error.type");
      for (const state of gpu.status === undefined ? [] : STATES)
        result.observe(status, gpu.status === state ? 1 : 0, { ...component, "hw.state": state });
      for (const { pid, program, usedBytes: bytes } of gpu.processes ?? [])
        result.observe(ofProcess, bytes, {
          ...identity,
          "process.pid": pid,
          "process.executable.name": program,
        });
      for (const instance of gpu.instances ?? []) {
        const attributes = { ...identity, [ID]: instance.id, "hw.parent": gpu.id };
        observeKnown(result, ofInstance, instance.usedBytes, attributes);
        observeKnown(result, instanceLimit, instance.totalBytes, attributes);
      }
    }
  };
}

function identityOf({ id, vendor, name, model, driverVersion }: GpuIdentity): Attributes {
  return {
    [ID]: id,
    "hw.vendor": vendor,
    ...(name !== undefined && { "hw.name": name }),
    ...(model !== undefined && { "hw.model": model }),
    ...(driverVersion !== undefined && { "hw.driver_version": driverVersion }),
  };
}

function observeEach(
  result: BatchObservableResult,
  instrument: Observable,
  figures: Figures | undefined,
  attributes: Attributes,
  key: string,
): void {
  for (const [name, value] of Object.entries(figures ?? {}))
    observeKnown(result, instrument, value, { ...attributes, [key]: name });
}
