// Which series a metric has.
import type { Attributes } from "@opentelemetry/api";
import type { Where } from "../question.ts";
import { keyOf, matches } from "./matching.ts";
import type { QueryStore } from "./store.ts";

/** The attributes of a metric's series, each set once, whatever process it was of. */
export function attributesOf(store: QueryStore, metric: string, where: Where): readonly Attributes[] {
  const sets = new Map<string, Attributes>();
  for (const { id } of store.find(metric))
    for (const series of store.series(id))
      if (matches(series, where)) sets.set(keyOf(series.attributes), series.attributes);
  return [...sets.values()];
}
