// Causes of real faults: `correlate` on the cases of the PetShop dataset, if it lies beside the checkout. The repository has
// nothing of it. Source: Amazon Science, "The PetShop Dataset: Finding Causes of Performance Issues across Microservices".
//
// `npm run build:bench && node bench/anomalies/causes.js [folder] [--days] [--graph] [--list]`. With `--days`, the past is
// two days instead of 28 samples. With `--graph`, the calls between components are known.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { fromBuild } from "../build.js";

const FOLDER = join(import.meta.dirname, "../../../shared/petshop");
const STEP_SECONDS = 300;
const PAST = 28;
// Quantiles are left out: they say the same as the mean.
const STATISTICS = new Set(["Average", "Sum"]);

const { correlate } = await fromBuild("anomalies/correlation/correlate.js");

/** Columns of a file: component, metric, statistic and values by time. */
function columnsOf(file) {
  const [components, metrics, statistics, , ...rows] = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const times = rows.map(([time]) => Number(time));
  return components.slice(1).map((component, i) => ({
    component,
    metric: metrics[i + 1],
    statistic: statistics[i + 1],
    times,
    values: rows.map((row) => row[i + 1]),
  }));
}

/** The callees of each component, from a matrix. */
function callsIn(file) {
  const [[, ...names], ...rows] = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return Object.fromEntries(
    rows.map(([caller, ...cells]) => [caller, names.filter((_, i) => Number(cells[i]) > 0)]),
  );
}

function* casesIn(folder) {
  for (const traffic of ["high_traffic", "low_traffic"]) {
    const normal = columnsOf(join(folder, traffic, "normal.csv"));
    const calls = callsIn(join(folder, traffic, "graph.csv"));
    for (const name of readdirSync(join(folder, traffic, "issues")).toSorted()) {
      const issue = join(folder, traffic, "issues", name);
      const { target, root_cause: cause } = JSON.parse(readFileSync(join(issue, "target.json"), "utf8"));
      yield {
        calls,
        name: `${traffic}/${name}`,
        normal,
        columns: columnsOf(join(issue, "metrics.csv")),
        target,
        cause,
      };
    }
  }
}

/** The series of a case: its past, moved so that it ends one step before the case begins, and the case. */
function seriesOf({ normal, columns, target }, past) {
  const keyOf = ({ component, metric, statistic }) => JSON.stringify([component, metric, statistic]);
  const before = new Map(normal.map((column) => [keyOf(column), column]));
  return columns
    .filter(({ statistic }) => STATISTICS.has(statistic))
    .map((column) => {
      const earlier = before.get(keyOf(column));
      const [first] = column.times;
      const pastValues = earlier?.values.slice(-past) ?? [];
      const samples = [
        ...pastValues.map((value, i) => [first - STEP_SECONDS * (pastValues.length - i), value]),
        ...column.values.map((value, i) => [column.times[i], value]),
      ].filter(([, value]) => value !== "" && value !== undefined);
      const isTarget =
        column.component === target.node &&
        column.metric === target.metric &&
        column.statistic === target.agg;
      return {
        labels: { __name__: isTarget ? "target" : column.metric, component: column.component },
        times: Float64Array.from(samples, ([seconds]) => seconds * 1_000),
        values: Float64Array.from(samples, ([, value]) => Number(value)),
      };
    });
}

/** The components in order of their first series. */
async function componentsOf(each, { past, graph }) {
  const series = seriesOf(each, past);
  const [{ times }] = each.columns;
  const source = {
    select: async function* () {
      yield* series;
    },
  };
  const found = await correlate({
    source,
    metric: "target",
    from: times[0] - STEP_SECONDS,
    to: times.at(-1),
    maxResults: 100,
    ...(graph && { calls: each.calls }),
  });
  const components = found.map(({ labels }) => labels.component);
  return { found, components: [...new Set(components)].filter((name) => name !== each.target.node) };
}

/** One line for the cases of each target's metric, and with `list` one for each case. */
export async function causeLines({ folder = FOLDER, past = PAST, graph = false, list = false } = {}) {
  if (!existsSync(folder)) return ["The dataset is not there."];
  const ranks = { latency: [], availability: [] };
  const lines = [];
  for (const each of casesIn(folder)) {
    const { components, found } = await componentsOf(each, { past, graph });
    const rank = components.indexOf(each.cause.node) + 1;
    ranks[each.target.metric].push(rank === 0 ? Infinity : rank);
    const first = found
      .slice(0, 4)
      .map(
        ({ metric, labels, explains, strength }) =>
          `${metric} of ${labels.component} ${explains?.toFixed(2)} ${strength.toFixed(2)}`,
      );
    if (list)
      lines.push(
        `${each.name} ${each.target.metric}: rank ${rank} of ${components.length}; ${first.join("; ")}`,
      );
  }
  for (const [metric, all] of Object.entries(ranks)) {
    const upTo = (place) => all.filter((rank) => rank <= place).length;
    lines.push(`${metric}: ${all.length} cases, cause first in ${upTo(1)}, among three in ${upTo(3)}`);
  }
  return lines;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    options: { days: { type: "boolean" }, graph: { type: "boolean" }, list: { type: "boolean" } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  const lines = await causeLines({
    folder,
    past: values.days ? Infinity : PAST,
    graph: values.graph,
    list: values.list,
  });
  console.log(lines.join("\n"));
}
