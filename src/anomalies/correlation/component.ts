// The part of an application that a series is about.
import type { Labels } from "../../query/source.ts";

/** Labels that all series of a process share. */
export const SHARED: RegExp = /^(?:(?:job|instance)$|service_|otel_scope_|telemetry_sdk_|host_|process_)/;
const INSTANCE = /^(?:job|instance|service_(?:name|instance_id))$/;
/** Labels that divide what a part does, such as a status or an operation. They do not name a part. */
export const DIVIDING: RegExp =
  /(?:^|_)(?:code|direction|kind|le|method|mode|number|operation(?:_name)?|outcome|quantile|reason|result|scheme|state|status|transport|type|version)$/;
const OF_PROCESS = /^(?:process|nodejs|v8js)_/;
const OF_PART = /^(container|system|(?:http|rpc)_(?:server|client)|db_client|messaging|graphql|gen_ai)_/;
// A label that stands in at least this part of the series, always with the same value, names none of them.
const COMMON = 0.5;

/**
 * Names the part of the application that a series is about, by its labels, such as a route, a called server or a queue.
 * Without such labels it is the process, the container, the machine, or the instrument alone.
 *
 * @param common names of labels that say nothing: {@link commonLabels}.
 * @example
 * componentOf("http_client_request_duration_seconds", { server_address: "stock", http_request_method: "GET" });
 * // 'server_address="stock"'
 */
export function componentOf(family: string, labels: Labels, common: ReadonlySet<string> = new Set()): string {
  const target = namesIn(labels, (label) => INSTANCE.test(label) && !common.has(label));
  return [partOf(family, labels, common), target].filter((text) => text !== "").join(" of ");
}

/** The labels that at least this share of the series have, with one value only, such as a namespace. @defaultValue half */
export function commonLabels(all: readonly Labels[], share: number = COMMON): ReadonlySet<string> {
  const found = new Map<string, { readonly value: string; count: number }>();
  for (const labels of all)
    for (const [label, value] of Object.entries(labels)) {
      const known = found.get(label) ?? { value, count: 0 };
      if (known.value === value) known.count++;
      else known.count = -Infinity;
      found.set(label, known);
    }
  return new Set(
    Array.from(found).flatMap(([label, { count }]) => (count >= share * all.length ? [label] : [])),
  );
}

function partOf(family: string, labels: Labels, common: ReadonlySet<string>): string {
  if (OF_PROCESS.test(family)) return "process";
  const names = namesIn(
    labels,
    (label) => !SHARED.test(label) && !DIVIDING.test(label) && !common.has(label),
  );
  return names === "" ? (OF_PART.exec(family)?.[1] ?? family) : names;
}

/** Returns the labels whose name is one, as `a="b", c="d"`. */
export function namesIn(labels: Labels, isOne: (label: string) => boolean): string {
  return Object.entries(labels)
    .filter(([label]) => isOne(label))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ");
}
