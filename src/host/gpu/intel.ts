// Files of the drivers i915 and xe, as the kernel's list of interfaces (ABI) describes them.
import type { CardFiles } from "./card-files.ts";
import type { GpuReading } from "./gpu-reading.ts";
import { readHwmon } from "./hwmon.ts";

/** A unit of the GPU with a clock of its own: files of its frequency, and of the reasons that reduce it. */
interface Unit {
  readonly name: string;
  readonly frequency: string;
  readonly folder: string;
  readonly prefix: string;
}

/** Reads a card of Intel. The kernel has no figure of its utilization as a whole. */
export async function intelReading(files: CardFiles): Promise<Partial<GpuReading>> {
  const clocks: Record<string, number | undefined> = {};
  const throttled: Record<string, number | undefined> = {};
  for (const { name, frequency, folder, prefix } of units(files)) {
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
    totalBytes: await vramBytes(files),
  };
}

function units(files: CardFiles): readonly Unit[] {
  const ofI915 = files.names("gt").map((gt) => ({
    name: gt,
    frequency: `gt/${gt}/rps_act_freq_mhz`,
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
