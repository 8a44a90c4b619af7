/** A direction of traffic as the GPU sees it. */
export type Direction = "receive" | "transmit";

/** Figures by a name: of a task, a sensor, a clock. Unknown ones are `undefined`. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** Memory of a GPU that a process holds. */
export interface ProcessReading {
  readonly pid: number;
  /** File name of the program, without its arguments. */
  readonly program: string;
  readonly usedBytes: number;
}

/** A part of a GPU that works as a GPU of its own (NVIDIA: multi-instance GPU). */
export interface InstanceReading {
  readonly id: string;
  readonly usedBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

/** Identity of a GPU. */
export interface GpuIdentity {
  /** Unique on the machine: the UUID of NVIDIA's GPUs, the PCI address of others. */
  readonly id: string;
  readonly vendor: "AMD" | "Intel" | "NVIDIA";
  /** Such as `card0`. */
  readonly name?: string | undefined;
  readonly model?: string | undefined;
  readonly driverVersion?: string | undefined;
}

/** Figures of a GPU. Those that the driver does not report are absent. */
export interface GpuReading extends GpuIdentity {
  readonly status?: "ok" | "degraded" | "failed" | undefined;
  /** Shares of time, by task. */
  readonly utilization?: Figures;
  readonly usedBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
  /** Degrees Celsius, by sensor. */
  readonly temperatures?: Figures;
  readonly powerWatts?: number | undefined;
  readonly powerLimitWatts?: number | undefined;
  readonly energyJoules?: number | undefined;
  /** Hertz, by clock. */
  readonly clocks?: Figures;
  /** Whether the clocks are reduced, by reason: 1 or 0. */
  readonly throttled?: Figures;
  /** Time for which the clocks were reduced, by reason. */
  readonly throttledSeconds?: Figures;
  readonly pcieBytesPerSecond?: Readonly<Record<Direction, number | undefined>> | undefined;
  /** ECC errors, by kind. */
  readonly errors?: Readonly<Record<"corrected" | "uncorrected", number | undefined>>;
  readonly processes?: readonly ProcessReading[] | undefined;
  readonly instances?: readonly InstanceReading[] | undefined;
}
