// Hints for an expression that names a metric or a label that does not exist.
import { firstTexts } from "../../diagnostics/first-texts.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import type { Expression, QueryResult, Selector } from "../../query/index.ts";
import { partsOf } from "../../query/syntax/tree-parts.ts";
import { complaintOfUnknown } from "../open-history.ts";
import { type AskedExpression, evaluated } from "./expression.ts";

const MAX_METRICS = 10;

/** A metric of an expression, with the labels that its series are selected and grouped by. */
interface Use {
  readonly metric: string;
  readonly labels: readonly string[];
}

/**
 * Hints about unknown metrics and labels. They are looked up if the result is empty, or if none of its series has a label that it
 * is grouped by.
 */
export async function hintsFor(
  history: History | RemoteHistory,
  asked: AskedExpression,
  result: QueryResult,
): Promise<readonly string[]> {
  if (result.kind === "scalar" || result.kind === "string") return [];
  const { parse } = await import("../../query/index.ts");
  let tree: Expression;
  try {
    tree = parse(asked.text, asked);
  } catch {
    // A server has evaluated it, in a language of its own.
    return [];
  }
  const shown = new Set(result.series.flatMap(({ labels }) => Object.keys(labels)));
  const isEmpty = result.series.length === 0;
  const uses = usesOf(tree, []).filter(
    // A quantile has no `le`.
    ({ labels }) => isEmpty || labels.some((label) => label !== "le" && !shown.has(label)),
  );
  const hints = new Set<string>();
  for (const use of uses.slice(0, MAX_METRICS))
    for (const hint of await hintsOf(history, asked, use)) hints.add(hint);
  return [...hints];
}

async function hintsOf(
  history: History | RemoteHistory,
  asked: AskedExpression,
  { metric, labels }: Use,
): Promise<readonly string[]> {
  const time = asked.kind === "instant" ? asked.time : asked.to;
  const text = `{__name__=${JSON.stringify(metric)}}`;
  const found = await evaluated(history, { text, format: "table", kind: "instant", time });
  const series = "series" in found ? found.series : [];
  if (series.length === 0) {
    const complaint = await complaintOfUnknown(history, metric);
    return complaint === undefined ? [] : [complaint];
  }
  const known = new Set(series.flatMap((each) => Object.keys(each.labels)));
  const unknown = labels.filter((label) => !known.has(label));
  known.delete("__name__");
  const others = known.size === 0 ? "it has none" : `labels are ${firstTexts([...known], String).join(", ")}`;
  return unknown.map((label) => `no series of "${metric}" has the label "${label}"; ${others}`);
}

// Metrics within `absent` are meant not to exist.
function usesOf(node: Expression, grouping: readonly string[]): readonly Use[] {
  if (node.kind === "call" && node.name.startsWith("absent")) return [];
  if (node.kind === "range") return useOf(node.selector, grouping);
  if (node.kind === "selector") return useOf(node, grouping);
  const inner = node.kind === "aggregation" && !node.isWithout ? node.grouping : grouping;
  return partsOf(node).flatMap((part) => usesOf(part, inner));
}

function useOf({ name, matchers }: Selector, grouping: readonly string[]): readonly Use[] {
  if (name === undefined) return [];
  const required = matchers.filter(
    ({ label, operator, value }) =>
      label !== "__name__" && value !== "" && (operator === "=" || operator === "=~"),
  );
  return [{ metric: name, labels: [...new Set([...grouping, ...required.map(({ label }) => label)])] }];
}
