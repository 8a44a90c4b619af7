/** Attribute values as JSON. Bytes and numbers that JSON does not have are objects with one key, `$`. */
import type { AttributeValue } from "@opentelemetry/api";

export function textOf(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : { $: String(value) };
  if (value instanceof Uint8Array) return { $: [...value] };
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, textOf(part)]);
  // The user's own objects with such a key are wrapped.
  return "$" in value ? { $: { entries } } : Object.fromEntries(entries);
}

/** The value that {@link textOf} has converted. */
export function valueFrom(text: unknown): unknown {
  if (Array.isArray(text)) return text.map(valueFrom);
  if (typeof text !== "object" || text === null) return text;
  if ("$" in text) return wrapped(text.$);
  return fromEntries(Object.entries(text));
}

export function isAttributeValue(value: unknown): value is AttributeValue {
  return ["string", "number", "boolean", "object"].includes(typeof value);
}

function wrapped(content: unknown): unknown {
  if (typeof content === "string") return Number(content);
  if (Array.isArray(content)) return Uint8Array.from(content, Number);
  if (typeof content !== "object" || content === null || !("entries" in content)) return undefined;
  const { entries } = content;
  return Array.isArray(entries) ? fromEntries(entries) : undefined;
}

function fromEntries(entries: readonly unknown[]): object {
  const pairs = entries.map((entry): [string, unknown] => {
    const [key, text]: unknown[] = Array.isArray(entry) ? entry : [];
    return [String(key), valueFrom(text)];
  });
  return Object.fromEntries(pairs);
}
