// Metadata of metrics: the data of `metadata`.
import type { MetricMetadata, SampleSource } from "../sample-source.ts";
import { untilAborted } from "../evaluation/until-aborted.ts";
import { ApiError } from "./api-error.ts";
import type { Parameters } from "./parameters.ts";

/** Metadata by the names of metrics. */
export type MetadataDocument = Readonly<Record<string, readonly Omit<MetricMetadata, "name">[]>>;

/** The metadata of one metric or of all, within the limits of the request. */
export async function metadataOf(
  source: SampleSource,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<MetadataDocument> {
  const limit = integerFrom(parameters, "limit");
  const perMetric = integerFrom(parameters, "limit_per_metric");
  const asked = parameters.get("metric") ?? "";
  const all = await untilAborted(source.catalogue().metadata(), signal);
  const byName = new Map<string, Omit<MetricMetadata, "name">[]>();
  for (const { name, type, help, unit } of all) {
    if (asked !== "" && name !== asked) continue;
    const same = byName.get(name) ?? [];
    if (same.length === 0 && limit >= 0 && byName.size >= limit) break;
    if (perMetric <= 0 || same.length < perMetric) same.push({ type, help, unit });
    byName.set(name, same);
  }
  return Object.fromEntries(byName);
}

// In contrast to other limits, 0 allows no metric, and a negative number allows all.
function integerFrom(parameters: Parameters, name: string): number {
  const text = parameters.get(name) ?? "";
  if (text === "") return -1;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new ApiError("bad_data", `${name} must be a number`);
  return Number(text);
}
