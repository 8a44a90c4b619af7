// Labels of series: the data of `series`, `labels` and `label/<name>/values`.
import { sortedSteps } from "../../io/sorted-steps.ts";
import { inSlices, Slices } from "../../io/yield.ts";
import { labelsOf, type SampleSource } from "../sample-source.ts";
import type { Labels, Matcher } from "../source.ts";
import { compareTexts } from "../evaluation/sorted-rows.ts";
import type { TimeRange } from "./parameters.ts";

/** Selection of series for which labels are shown; no selectors are all series. */
export interface LabelSelection extends TimeRange {
  readonly selectors: readonly (readonly Matcher[])[];
  readonly signal: AbortSignal;
}

/** The different labels of all selected series, sorted by their texts. */
export async function seriesOf(source: SampleSource, selection: LabelSelection): Promise<readonly Labels[]> {
  const found = new Map<string, Labels>();
  for await (const labels of selectedLabels(source, selection)) found.set(JSON.stringify(labels), labels);
  const inOrder = await inSlices(
    sortedSteps([...found], ([a], [b]) => compareTexts(a, b)),
    selection,
  );
  return inOrder.map(([, labels]) => labels);
}

/** The names of all labels, sorted. */
export async function labelNamesOf(
  source: SampleSource,
  selection: LabelSelection,
): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const labels of selectedLabels(source, selection))
    for (const name of Object.keys(labels)) names.add(name);
  return await inSlices(sortedSteps([...names], compareTexts), selection);
}

/** The values of one label, sorted. */
export async function labelValuesOf(
  source: SampleSource,
  name: string,
  selection: LabelSelection,
): Promise<readonly string[]> {
  const values = new Set<string>();
  for await (const labels of selectedLabels(source, selection))
    if (Object.hasOwn(labels, name)) values.add(labels[name] ?? "");
  return await inSlices(sortedSteps([...values], compareTexts), selection);
}

async function* selectedLabels(
  source: SampleSource,
  { selectors, from, to, signal }: LabelSelection,
): AsyncGenerator<Labels> {
  if (to < from) return;
  const slices = new Slices();
  for (const matchers of selectors.length === 0 ? [[]] : selectors) {
    await slices.next();
    signal.throwIfAborted();
    yield* labelsOf(source, { matchers, from: from * 1_000, to: to * 1_000, signal });
  }
}
