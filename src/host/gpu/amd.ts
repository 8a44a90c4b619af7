// Files of the driver amdgpu, as its documentation in the kernel describes them.
import type { CardFiles } from "./card-files.ts";
import type { Direction, GpuReading } from "./gpu-reading.ts";
import { readHwmon } from "./hwmon.ts";

/** Reads a card of AMD. */
export async function amdReading(files: CardFiles): Promise<Partial<GpuReading>> {
  return {
    ...(await readHwmon(files)),
    utilization: {
      general: await files.number("device/gpu_busy_percent", 0.01),
      memory_controller: await files.number("device/mem_busy_percent", 0.01),
    },
    usedBytes: await files.number("device/mem_info_vram_used"),
    totalBytes: await files.number("device/mem_info_vram_total"),
    errors: await eccErrors(files),
  };
}

// Each block of the chip has a file with lines such as `ue: 0` (uncorrected) and `ce: 0`.
async function eccErrors(files: CardFiles): Promise<NonNullable<GpuReading["errors"]>> {
  let corrected: number | undefined;
  let uncorrected: number | undefined;
  for (const name of files.names("device/ras").filter((each) => each.endsWith("_err_count"))) {
    const text = (await files.text(`device/ras/${name}`)) ?? "";
    const count = (label: string): number =>
      Number(new RegExp(`^${label}: (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    corrected = (corrected ?? 0) + count("ce");
    uncorrected = (uncorrected ?? 0) + count("ue");
  }
  return { corrected, uncorrected };
}

/** Reads the PCIe traffic of a second: packets received, packets sent, and the maximum size of a packet. */
export async function pcieOfAmd(files: CardFiles): Promise<Record<Direction, number> | undefined> {
  const [, received, sent, bytes] =
    /^(\d+) (\d+) (\d+)$/.exec((await files.text("device/pcie_bw")) ?? "") ?? [];
  if (bytes === undefined) return undefined;
  return { receive: Number(received) * Number(bytes), transmit: Number(sent) * Number(bytes) };
}
