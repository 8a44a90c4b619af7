/**
 * Attribute processors that depend on keys alone: upstream's allow and deny lists. A stream with only such processors
 * is filtered by key, once per series. Their names may have the wildcards `*` (any characters) and `?` (any one
 * character). All other processors run on each recording.
 */
import type { Attributes } from "@opentelemetry/api";
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { anyWildcardTest } from "../../options/wildcards.ts";

export type KeyTest = (key: string) => boolean;

/** The lists of a processor that depends on keys alone, which can be sent to other threads and processes. */
export type PortableProcessor =
  | { readonly allowed: readonly string[] }
  | { readonly denied: readonly string[] };

/** The processor's lists, if they are in the private fields of upstream's processors. */
export function portableProcessor(processor: IAttributesProcessor): PortableProcessor | undefined {
  const allowed = namesIn(processor, ALLOWED);
  if (allowed !== undefined) return { allowed };
  const denied = namesIn(processor, DENIED);
  return denied && { denied };
}

/** The names and patterns in the processor's lists. */
export function keysOf(processor: IAttributesProcessor): readonly string[] {
  return namesIn(processor, ALLOWED) ?? namesIn(processor, DENIED) ?? [];
}

/** A processor with the given lists. */
export function processorFrom(lists: PortableProcessor): IAttributesProcessor {
  const test = testOf(lists);
  const kept = { process: (incoming: Attributes) => keepKeys(incoming, test) };
  const [field, names] = "allowed" in lists ? [ALLOWED, lists.allowed] : [DENIED, lists.denied];
  return Object.assign(kept, { [field]: new Set(names) });
}

/** The processor's filter by key, if it has one. */
export function keyTestOf(processor: IAttributesProcessor): KeyTest | undefined {
  const lists = portableProcessor(processor);
  return lists && testOf(lists);
}

const ALLOWED = "_allowedAttributeNames";
const DENIED = "_deniedAttributeNames";

function testOf(lists: PortableProcessor): KeyTest {
  if ("allowed" in lists) return anyWildcardTest(lists.allowed);
  const isDenied = anyWildcardTest(lists.denied);
  return (key) => !isDenied(key);
}

function keepKeys(attributes: Attributes, test: KeyTest): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => test(key)));
}

function namesIn(processor: IAttributesProcessor, field: string): readonly string[] | undefined {
  const names: unknown = Reflect.get(processor, field);
  return names instanceof Set ? [...names].filter((name) => typeof name === "string") : undefined;
}
