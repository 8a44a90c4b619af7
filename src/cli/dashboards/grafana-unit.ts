// Units of Grafana.
import { ucumUnit } from "../../page/panels/index.ts";

// By units in UCUM.
const UNITS: Readonly<Record<string, string>> = {
  s: "s",
  ms: "ms",
  us: "µs",
  ns: "ns",
  min: "m",
  h: "h",
  d: "d",
  By: "bytes",
  bit: "bits",
  "1": "percentunit",
  "%": "percent",
  Hz: "hertz",
  Cel: "celsius",
  V: "volt",
  A: "amp",
  W: "watt",
  J: "joule",
  m: "lengthm",
  g: "massg",
};
const RATES: Readonly<Record<string, string>> = {
  // Seconds per second: processor time, for example.
  s: "percentunit",
  By: "binBps",
  bit: "binbps",
  "{request}": "reqps",
  "{operation}": "ops",
  "{message}": "mps",
  "{event}": "eps",
};
const PER_SECOND = /\/s$/;

/** Grafana's name of a unit in UCUM or in Prometheus' words; a plain number if Grafana has no such unit. */
export function grafanaUnit(unit: string): string {
  const ucum = ucumUnit(unit);
  const base = ucum.replace(PER_SECOND, "");
  if (base !== ucum) return RATES[base] ?? "cps";
  return Object.hasOwn(UNITS, base) ? (UNITS[base] ?? "short") : "short";
}
