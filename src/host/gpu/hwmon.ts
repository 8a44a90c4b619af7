import type { CardFiles } from "./card-files.ts";
import type { Figures } from "./gpu-reading.ts";

/** Sensors of a card, by the kernel's interface `hwmon`. */
export interface HwmonReading {
  readonly temperatures: Figures;
  readonly clocks: Figures;
  readonly powerWatts: number | undefined;
  readonly powerLimitWatts: number | undefined;
  readonly energyJoules: number | undefined;
}

/** Reads the card's sensors; `undefined` if it has none. */
export async function readHwmon(files: CardFiles): Promise<HwmonReading | undefined> {
  const [folder] = files.names("device/hwmon");
  if (folder === undefined) return undefined;
  const place = `device/hwmon/${folder}`;
  const names = files.names(place);
  const number = (name: string, factor: number): Promise<number | undefined> =>
    files.number(`${place}/${name}`, factor);
  // `temp1_input` is described by `temp1_label`, such as `edge`.
  const labelled = async (kind: string, factor: number): Promise<Figures> => {
    const figures: Record<string, number | undefined> = {};
    for (const name of names.filter((each) => new RegExp(`^${kind}\\d+_input$`).test(each))) {
      const label = await files.text(`${place}/${name.replace("_input", "_label")}`);
      figures[label ?? name.replace("_input", "")] = await number(name, factor);
    }
    return figures;
  };
  const limit = (await number("power1_cap", 1e-6)) ?? (await number("power1_max", 1e-6));
  return {
    temperatures: await labelled("temp", 1e-3),
    clocks: await labelled("freq", 1),
    powerWatts: (await number("power1_average", 1e-6)) ?? (await number("power1_input", 1e-6)),
    // 0: no limit.
    powerLimitWatts: limit === 0 ? undefined : limit,
    energyJoules: await number("energy1_input", 1e-6),
  };
}
