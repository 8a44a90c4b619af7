/**
 * The processors that only look at attributes' keys: upstream's allow and deny lists. A stream with nothing but these is
 * filtered by key, decided once a series, and their names may have the wildcards `*` (any characters) and `?` (any one);
 * any other processor of the user's runs on each recording.
 */
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { anyWildcardTest } from "./wildcard.ts";

/** Whether an attribute's key stays. */
export type KeyTest = (key: string) => boolean;

/**
 * The processor's decision by key alone, where it has one. Upstream's lists are in fields that its types call private;
 * should they be called otherwise one day, the lists still work, as processors like any other, without wildcards.
 */
export function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined {
  const allowed = namesIn(processor, "_allowedAttributeNames");
  if (allowed !== undefined) return anyWildcardTest(allowed);
  const denied = namesIn(processor, "_deniedAttributeNames");
  if (denied === undefined) return undefined;
  const isDenied = anyWildcardTest(denied);
  return (key) => !isDenied(key);
}

function namesIn(processor: IAttributesProcessor, field: string): readonly string[] | undefined {
  const names: unknown = Reflect.get(processor, field);
  return names instanceof Set ? [...names].filter((name) => typeof name === "string") : undefined;
}
