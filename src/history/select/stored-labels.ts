// Labels of stored series, as the Prometheus reader exports them by default.
import type { Attributes } from "@opentelemetry/api";
import type { Labels } from "../../query/source.ts";
import { LabelNames } from "../../translation/escape-name.ts";
import { labelValue } from "../../translation/label-value.ts";
import {
  BUCKET_LABEL,
  joinedLabels,
  keyedLabels,
  scopeLabels,
  withoutName,
} from "../../translation/labels.ts";
import { SAMPLE_SCOPE, type StoredSeries } from "../store/stored.ts";

const NAMES = new LabelNames("UnderscoreEscapingWithSuffixes", "underscores");

/** The labels of a series without its name: its attributes and its scope. */
export function labelsOf({ metric, attributes }: Pick<StoredSeries, "metric" | "attributes">): Labels {
  const { scope, type } = metric;
  const ofScope = scope.name === SAMPLE_SCOPE.name ? [] : scopeLabels(scope, NAMES);
  const reserved = type === "histogram" ? BUCKET_LABEL : undefined;
  const all = joinedLabels(withoutName(reserved, [...ofScope, ...keyedLabels(attributes, NAMES)]));
  return Object.fromEntries(all.map(({ name, value }) => [name, String(value)]));
}

/** Labels in order, without empty ones. Keys of resource attributes, which have dots, become names of labels. */
export function sortedLabels(labels: Readonly<Attributes>): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .map(
        ([key, value]) =>
          [key.includes(".") ? NAMES.nameOf(key) : key, String(labelValue(value ?? ""))] as const,
      )
      .filter(([, value]) => value !== "")
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
