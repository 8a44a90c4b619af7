// From an attribute's value to a label's.
import type { Label } from "./family.ts";

/**
 * An attribute's value as a label's. Attributes come from any library: it may be of a type that the API does not allow.
 *
 * @see OpenTelemetry specification, "Common concepts", AnyValue representation for non-OTLP protocols
 */
export function labelValue(value: unknown): Label["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  try {
    return jsonOf(value) ?? "";
  } catch {
    return "";
  }
}

/** A value as JSON; what JSON cannot hold is a text in it. */
export function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => jsonPart(part));
}

function jsonPart(part: unknown): unknown {
  if (typeof part === "number" && !Number.isFinite(part)) return String(part);
  return part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
}
