// Values with units as text: for the page, `tachymeter top`, reports and tables.
import type { Panel } from "./panel.ts";

/** Units in descending order, each with the least value it is used for. */
type Scale = readonly (readonly [from: number, name: string])[];

const SCALES: Readonly<Record<string, Scale>> = {
  By: [
    [1024 ** 4, "TiB"],
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"],
    [1, "B"],
  ],
  s: [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
  ],
};
const PER_SECOND = /\/s$/;

/**
 * Formats bytes, seconds, shares, degrees and watts by their UCUM unit: `1.5 MiB`, `12.3 ms`, `42 %`, `61 °C`, `300 W`. Other
 * numbers have no unit: `17`, or `17/s` if the unit is a rate.
 */
export function valueText(value: number, unit: string): string {
  // Events per second, not a share of a second.
  if (unit === "1/s") return `${numberText(value)}/s`;
  if (PER_SECOND.test(unit)) return `${valueText(value, unit.replace(PER_SECOND, ""))}/s`;
  if (unit === "1") return `${numberText(value * 100)} %`;
  if (unit === "Cel") return `${numberText(value)} °C`;
  if (unit === "W") return `${numberText(value)} W`;
  const scale = SCALES[unit];
  if (scale === undefined || !Number.isFinite(value)) return numberText(value);
  const [from, name] = scale.find(([least]) => Math.abs(value) >= least) ?? scale.at(-1) ?? [1, unit];
  return value === 0 ? `0 ${unit === "By" ? "B" : unit}` : `${numberText(value / from)} ${name}`;
}

/** A value of a panel: the name of a state, or a number with its unit. */
export function panelValueText({ unit, states }: Pick<Panel, "unit" | "states">, value: number): string {
  if (states === undefined) return valueText(value, unit);
  return states[value] ?? numberText(value);
}

/** A number with three significant digits, or with all digits of its integer part if these are more. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
