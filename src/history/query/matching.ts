// Selection of series by attributes.
import { keyOf } from "../comparison.ts";
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { labelNameFromKey } from "../../translation/snapshot-document.ts";
import type { Where } from "../question.ts";
import type { StoredSeries } from "../store/stored.ts";
import type { Store } from "../store/index.ts";

export type Described = Pick<StoredSeries, "attributes" | "resource"> & {
  readonly metric?: Pick<StoredSeries["metric"], "scope">;
};

/** Whether a series matches. Missing and `null` attributes count as empty. */
export function matches(series: Described, where: Where): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    const text = textOf(attributeOf(series, key));
    if (typeof wanted === "string") return text === wanted;
    return "not" in wanted ? text !== wanted.not : wanted.includes(text);
  });
}

/** The attributes, under the names of the question. */
export function picked(series: Described, keys: readonly string[]): Attributes {
  const attributes: Attributes = {};
  for (const key of keys) {
    const value = attributeOf(series, key);
    if (value !== undefined) attributes[key] = value;
  }
  return attributes;
}

function attributeOf({ attributes, resource, metric }: Described, key: string): AttributeValue | undefined {
  const { name, version } = metric?.scope ?? {};
  for (const each of [attributes, resource, { "otel.scope.name": name, "otel.scope.version": version }]) {
    const own = ownKey(each, key);
    if (own !== undefined) return each[own];
  }
  return undefined;
}

// The key itself, or the key of a Prometheus label with this name.
function ownKey(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key)
    ? key
    : Object.keys(attributes).find((each) => labelNameFromKey(each) === key);
}

function textOf(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function attributesOf(store: Store, metric: string, where: Where): readonly Attributes[] {
  const sets = new Map<string, Attributes>();
  for (const { id } of store.find(metric))
    for (const series of store.series(id))
      if (matches(series, where)) sets.set(keyOf(series.attributes), series.attributes);
  return [...sets.values()];
}
