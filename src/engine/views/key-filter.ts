/**
 * Attribute processors that only look at keys: a view's allow and deny lists. A stream with nothing but these is
 * filtered by key, decided once a series; any other processor of the user's runs on each recording.
 */
import type { Attributes } from "@opentelemetry/api";
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { anyWildcardTest } from "./wildcard.ts";

/** Whether an attribute's key stays. */
export type KeyTest = (key: string) => boolean;

class KeyFilter implements IAttributesProcessor {
  readonly keeps: KeyTest;

  constructor(keeps: KeyTest) {
    this.keeps = keeps;
  }

  process(incoming: Attributes): Attributes {
    return Object.fromEntries(Object.entries(incoming).filter(([key]) => this.keeps(key)));
  }
}

/**
 * A processor that keeps the attributes whose keys are listed, and no other. A key may have the wildcards `*` (any
 * characters) and `?` (any one).
 *
 * An attribute that it leaves out may still be exported with exemplars, as a filtered attribute; the provider's option
 * `exemplarFilter: "always_off"` turns them off.
 *
 * @example
 * ```ts
 * import { createAllowListAttributesProcessor, type ViewOptions } from "tachymeter/metrics";
 *
 * const view: ViewOptions = {
 *   instrumentName: "http.server.*",
 *   attributesProcessors: [createAllowListAttributesProcessor(["http.route", "http.request.*"])],
 * };
 * ```
 */
export function createAllowListAttributesProcessor(attributeAllowList: string[]): IAttributesProcessor {
  return new KeyFilter(anyWildcardTest(attributeAllowList));
}

/**
 * A processor that leaves out the attributes whose keys are listed, and keeps all others. A key may have the wildcards
 * `*` (any characters) and `?` (any one). What it leaves out may still be exported with exemplars; see
 * {@link createAllowListAttributesProcessor}.
 */
export function createDenyListAttributesProcessor(attributeDenyList: string[]): IAttributesProcessor {
  const denied = anyWildcardTest(attributeDenyList);
  return new KeyFilter((key) => !denied(key));
}

/**
 * The processor's decision by key alone, where it has one: ours, and those of `@opentelemetry/sdk-metrics`, whose lists
 * are told by the private fields that hold them; without those fields they are processors like any other.
 */
export function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined {
  if (processor instanceof KeyFilter) return processor.keeps;
  const allowed = namesIn(processor, "_allowedAttributeNames");
  if (allowed !== undefined) return (key) => allowed.has(key);
  const denied = namesIn(processor, "_deniedAttributeNames");
  if (denied !== undefined) return (key) => !denied.has(key);
  return undefined;
}

function namesIn(processor: IAttributesProcessor, field: string): ReadonlySet<unknown> | undefined {
  const names: unknown = Reflect.get(processor, field);
  return names instanceof Set ? names : undefined;
}
