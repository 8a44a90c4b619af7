// Values with their units, as people read them.

/** Steps of a unit: from which value on which name stands for how much. */
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

/** `1.5 MiB`, `12.3 ms`, `42 %`, `17`: bytes, seconds and shares by their UCUM unit, other numbers without theirs. */
export function valueText(value: number, unit: string): string {
  if (PER_SECOND.test(unit)) return `${valueText(value, unit.replace(PER_SECOND, ""))}/s`;
  if (unit === "1") return `${numberText(value * 100)} %`;
  const scale = SCALES[unit];
  if (scale === undefined || !Number.isFinite(value)) return numberText(value);
  const [from, name] = scale.find(([least]) => Math.abs(value) >= least) ?? scale.at(-1) ?? [1, unit];
  return value === 0 ? `0 ${unit === "By" ? "B" : unit}` : `${numberText(value / from)} ${name}`;
}

/** A number with as many digits as say something: all of a whole one, else three. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
