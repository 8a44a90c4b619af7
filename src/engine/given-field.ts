// Fields of what callers pass, who may pass anything: a revoked proxy, getters that throw.
import { diag } from "@opentelemetry/api";

/** A field of what was given; one that cannot be read is dropped and logged. Never throws. */
export function givenField(given: unknown, field: string, subject: string): unknown {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const value: unknown = Reflect.get(given, field);
    return value;
  } catch {
    diag.warn(`${subject}: its ${field} cannot be read and was dropped; give plain values`);
    return undefined;
  }
}

/** The same for a text; something else is dropped and logged. */
export function givenText(given: unknown, field: string, subject: string): string | undefined {
  const value = givenField(given, field, subject);
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  diag.warn(`${subject}: its ${field} must be a text, got a ${typeof value}, and was dropped`);
  return undefined;
}
