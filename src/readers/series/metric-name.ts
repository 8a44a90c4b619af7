// From the name of an instrument to the name that Prometheus and the JSON documents give its series.
import { metricNameFromName } from "../../facades/snapshot.ts";
import { wordsFromUnit } from "./unit-words.ts";

/** What a name depends on. A sum that may fall is an `upDownCounter`. */
export type NamedKind = "counter" | "upDownCounter" | "gauge" | "histogram";

/** What a metric is called where it was made. */
export interface NamedInstrument {
  readonly name: string;
  /** As UCUM writes it, empty where there is none. */
  readonly unit: string;
}

/**
 * The Prometheus name of an instrument: characters that Prometheus does not know become `_`, the unit is added in
 * words unless the name ends in it, and a counter ends in `_total`, once.
 *
 * @param prefix put before the name, with a `_`; empty for none.
 * @example
 * translatedName({ name: "http.server.request.body.size", unit: "By" }, "histogram") // http_server_request_body_size_bytes
 */
export function translatedName(instrument: NamedInstrument, kind: NamedKind, prefix = ""): string {
  let name = collapsed(metricNameFromName(instrument.name));
  if (kind === "counter" && name.endsWith("_total")) name = name.slice(0, -"_total".length);
  name = withUnit(name, instrument.unit, kind);
  return withPrefix(collapsed(kind === "counter" ? `${name}_total` : name), prefix);
}

/** The Prometheus name of a metric whose name its user chose for Prometheus already: only its characters are mended. */
export function keptName(instrument: NamedInstrument, prefix = ""): string {
  return withPrefix(metricNameFromName(instrument.name), prefix);
}

function withUnit(name: string, unit: string, kind: NamedKind): string {
  const { amount, per } =
    unit === "1" && kind === "gauge" ? { amount: "ratio", per: "" } : wordsFromUnit(unit);
  const words = [amount, per].filter((word) => word !== "").join("_");
  if (words === "" || endsInWord(name, words)) return name;
  return amount !== "" && endsInWord(name, amount) ? `${name}_${per}` : `${name}_${words}`;
}

function endsInWord(name: string, word: string): boolean {
  return name === word || name.endsWith(`_${word}`);
}

function collapsed(name: string): string {
  return name.replaceAll(/_{2,}/g, "_");
}

function withPrefix(name: string, prefix: string): string {
  const whole = prefix === "" ? name : `${prefix}_${name}`;
  return /^[a-zA-Z_:]/.test(whole) ? whole : `_${whole}`;
}
