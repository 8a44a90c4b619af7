// Files of the drivers i915 and xe, as the kernel's list of interfaces (ABI) describes them.
import type { CardFiles } from "./card-files.ts";
import type { GpuReading } from "./gpu-reading.ts";
import { readHwmon } from "./hwmon.ts";

// Shorter intervals are wrong by more, since residency is given in milliseconds.
const MIN_INTERVAL_MILLIS = 1_000;

/** A unit of the GPU with a clock of its own: files of its frequency, its time asleep, and the reasons for reduced clocks. */
interface Unit {
  readonly name: string;
  readonly frequency: string;
  readonly residency: string;
  readonly folder: string;
  readonly prefix: string;
}

/** A card of Intel. */
export class IntelCard {
  readonly #files: CardFiles;
  readonly #shares = new Map<string, AwakeShare>();

  constructor(files: CardFiles) {
    this.#files = files;
  }

  async read(): Promise<Partial<GpuReading>> {
    const files = this.#files;
    const clocks: Record<string, number | undefined> = {};
    const throttled: Record<string, number | undefined> = {};
    let general: number | undefined;
    for (const unit of units(files)) {
      const { name, frequency, folder, prefix } = unit;
      const share = await this.#awakeShare(unit);
      if (share !== undefined) general = Math.max(general ?? 0, share);
      clocks[name] = await files.number(frequency, 1e6);
      for (const file of files
        .names(folder)
        .filter((each) => each.startsWith(prefix) && !each.endsWith("status"))) {
        const reason = file.slice(prefix.length);
        throttled[reason] = Math.max(throttled[reason] ?? 0, (await files.number(`${folder}/${file}`)) ?? 0);
      }
    }
    const sensors = await readHwmon(files);
    return {
      ...sensors,
      clocks: { ...sensors?.clocks, ...clocks },
      throttled,
      utilization: { general },
      totalBytes: await vramBytes(files),
    };
  }

  // The drivers count no busy time that everyone may read, but the time in which a unit slept.
  async #awakeShare({ name, residency }: Unit): Promise<number | undefined> {
    const asleep = await this.#files.number(residency);
    if (asleep === undefined) return undefined;
    const suspended = (await this.#files.number("device/power/runtime_suspended_time")) ?? 0;
    let share = this.#shares.get(name);
    if (share === undefined) this.#shares.set(name, (share = new AwakeShare()));
    return share.of(asleep + suspended, performance.now());
  }
}

/** The share of time in which a unit was not asleep, between readings that are far enough apart. */
class AwakeShare {
  #asleepMillis = 0;
  #atMillis = -Infinity;
  #share: number | undefined;

  /** Returns the latest share; `undefined` at the first reading, and if the counter was reset. */
  of(asleepMillis: number, nowMillis: number): number | undefined {
    const elapsed = nowMillis - this.#atMillis;
    if (elapsed < MIN_INTERVAL_MILLIS) return this.#share;
    const asleep = asleepMillis - this.#asleepMillis;
    const isKnown = Number.isFinite(elapsed) && asleep >= 0;
    this.#share = isKnown ? Math.max(0, 1 - asleep / elapsed) : undefined;
    this.#asleepMillis = asleepMillis;
    this.#atMillis = nowMillis;
    return this.#share;
  }
}

function units(files: CardFiles): readonly Unit[] {
  const ofI915 = files.names("gt").map((gt) => ({
    name: gt,
    frequency: `gt/${gt}/rps_act_freq_mhz`,
    residency: `gt/${gt}/rc6_residency_ms`,
    folder: `gt/${gt}`,
    prefix: "throttle_reason_",
  }));
  const ofXe = tiles(files).flatMap((tile) =>
    files
      .names(tile)
      .filter((name) => /^gt\d+$/.test(name))
      .map((gt) => ({
        name: gt,
        frequency: `${tile}/${gt}/freq0/act_freq`,
        residency: `${tile}/${gt}/gtidle/idle_residency_ms`,
        folder: `${tile}/${gt}/freq0/throttle`,
        prefix: "reason_",
      })),
  );
  return [...ofI915, ...ofXe];
}

function tiles(files: CardFiles): readonly string[] {
  return files
    .names("device")
    .filter((name) => /^tile\d+$/.test(name))
    .map((name) => `device/${name}`);
}

async function vramBytes(files: CardFiles): Promise<number | undefined> {
  let sum: number | undefined;
  for (const tile of tiles(files)) {
    const bytes = await files.number(`${tile}/physical_vram_size_bytes`);
    if (bytes !== undefined) sum = (sum ?? 0) + bytes;
  }
  return sum;
}
