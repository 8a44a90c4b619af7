// Instruments for which dashboards are made.
import type { Instrument } from "../../../src/cli/dashboards/instruments.ts";

function instrument(name: string, type: Instrument["type"], more: Partial<Instrument> = {}): Instrument {
  return { name, type, isNative: false, unit: "", description: name, labels: new Map(), ...more };
}

/** Instruments of a shop, of which the catalogue knows some. */
export const SHOP: readonly Instrument[] = [
  instrument("http_server_request_duration_seconds", "histogram", { unit: "seconds" }),
  instrument("health_component_status", "gauge"),
  instrument("orders_total", "counter", {
    labels: new Map([
      ["region", 3],
      ["payment", 2],
      ["customer", 4_000],
    ]),
  }),
  instrument("orders_waiting", "gauge", { labels: new Map([["region", 3]]) }),
  instrument("orders_synchronized_time_seconds", "gauge", { unit: "seconds" }),
  instrument("orders_weight_grams", "histogram", { labels: new Map([["le", 12]]) }),
  instrument("orders_value", "histogram", { isNative: true }),
  instrument("exports_duration_seconds", "histogram", { unit: "seconds", labels: new Map([["le", 1]]) }),
];

const MARKUP = `<img src=x onerror="alert(1)">[x](javascript:alert(1))`;

/** Instruments with hostile names, units, descriptions and labels. */
export const HOSTILE: readonly Instrument[] = [
  instrument(MARKUP, "counter", { description: MARKUP, labels: new Map([[MARKUP, 2]]) }),
  instrument('"} or up{x="', "gauge", { unit: MARKUP, description: "\u001b[31mred\u202etext\u0000" }),
  instrument("x".repeat(10_000), "histogram", { description: "y".repeat(10_000), unit: "z".repeat(10_000) }),
  instrument("$job${instance}", "gauge", { description: "$__rate_interval ${datasource}" }),
  instrument("größe_länge", "histogram", { isNative: true }),
  instrument("__proto__", "counter", { labels: new Map([["constructor", 2]]) }),
];
