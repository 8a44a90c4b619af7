// From the words for a unit in a Prometheus name back to the unit.
import { wordsFromUnit } from "../../translation/unit-words.ts";

const AMOUNTS = [
  "d",
  "h",
  "min",
  "s",
  "ms",
  "us",
  "ns",
  "By",
  "KiBy",
  "MiBy",
  "GiBy",
  "TiBy",
  "kBy",
  "MBy",
  "GBy",
  "TBy",
];
const OTHERS = ["m", "V", "A", "J", "W", "g", "Cel", "Hz", "%"];
const PERS = ["s", "min", "h", "d", "w", "mo", "y"];

const UNITS: ReadonlyMap<string, string> = new Map([
  ["ratio", "1"],
  ...[...AMOUNTS, ...OTHERS].map((unit) => [wordsFromUnit(unit).amount, unit] as const),
]);
const PER_UNITS: ReadonlyMap<string, string> = new Map(
  PERS.map((unit) => [wordsFromUnit(`1/${unit}`).per, unit]),
);

/** The UCUM unit of words: `s` of `seconds`, `By/s` of `bytes_per_second`; undefined where they are none. */
export function unitFromWords(words: string): string | undefined {
  const [, amount = "", per] = /^(.*?)_?(per_[a-z]+)?$/.exec(words) ?? [];
  const above = amount === "" ? "1" : UNITS.get(amount);
  if (per === undefined) return amount === "" ? undefined : above;
  const below = PER_UNITS.get(per);
  return above === undefined || below === undefined ? undefined : `${above}/${below}`;
}
