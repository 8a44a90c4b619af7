// Units of Prometheus in UCUM.
const UCUM: Readonly<Record<string, string>> = {
  seconds: "s",
  milliseconds: "ms",
  microseconds: "us",
  nanoseconds: "ns",
  minutes: "min",
  hours: "h",
  days: "d",
  bytes: "By",
  bits: "bit",
  ratio: "1",
  percent: "%",
  hertz: "Hz",
  celsius: "Cel",
  volts: "V",
  amperes: "A",
  watts: "W",
  joules: "J",
  meters: "m",
  grams: "g",
};
const PER_SECOND = /_per_second$/;

/** The UCUM form of a unit in Prometheus' words: `s` for `seconds`, `By/s` for `bytes_per_second`. Others stay the same. */
export function ucumUnit(words: string): string {
  if (PER_SECOND.test(words)) return `${ucumUnit(words.replace(PER_SECOND, ""))}/s`;
  return Object.hasOwn(UCUM, words) ? (UCUM[words] ?? words) : words;
}
