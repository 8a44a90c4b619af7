// The part of an application that a series is about.
import type { Labels } from "../../query/source.ts";

/** Labels that all series of a process share. */
export const SHARED: RegExp = /^(?:job|instance|service_|otel_scope_|telemetry_sdk_|host_|process_)/;
const INSTANCE = /^(?:job|instance|service_(?:name|instance_id))$/;
// Labels that divide what a part does, such as a status or an operation. They do not name a part.
const DIVIDING =
  /(?:^|_)(?:code|state|type|method|direction|operation(?:_name)?|mode|number|scheme|transport|version)$/;
const OF_PROCESS = /^(?:process|nodejs|v8js)_/;
const OF_PART = /^(container|system|(?:http|rpc)_(?:server|client)|db_client|messaging|graphql|gen_ai)_/;

/**
 * Names the part of the application that a series is about, by its labels, such as a route, a called server or a queue.
 * Without such labels it is the process, the container, the machine, or the instrument alone.
 *
 * @example
 * componentOf("http_client_request_duration_seconds", { server_address: "stock", http_request_method: "GET" });
 * // 'server_address="stock"'
 */
export function componentOf(family: string, labels: Labels): string {
  const target = namesIn(labels, (label) => INSTANCE.test(label));
  return [partOf(family, labels), target].filter((text) => text !== "").join(" of ");
}

function partOf(family: string, labels: Labels): string {
  if (OF_PROCESS.test(family)) return "process";
  const names = namesIn(labels, (label) => !SHARED.test(label) && !DIVIDING.test(label));
  return names === "" ? (OF_PART.exec(family)?.[1] ?? family) : names;
}

function namesIn(labels: Labels, isOne: (label: string) => boolean): string {
  return Object.entries(labels)
    .filter(([label]) => isOne(label))
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ");
}
