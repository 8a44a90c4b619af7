// The summary of a report: what happened, in sentences.
import { firstNames } from "../../diagnostics/first-texts.ts";
import { functionText } from "../../diagnostics/function-text.ts";
import { lengthText } from "../../diagnostics/length-text.ts";
import { valueText } from "../../page/panels/index.ts";
import { seriesText } from "../query/shown.ts";
import type { Finding, Report } from "./document.ts";
import type { ReportChart, ReportSeries } from "./panel-charts.ts";
import { shortName } from "./chart-svg.ts";
import { lengthBetween, shortTime } from "./times.ts";

const MAX_OF_A_KIND = 3;
const MAX_NAME = 60;
// Shares of failures that are worth a sentence.
const LEAST_ERRORS = 0.001;
const MANY_ERRORS = 0.01;

/** The findings, the most urgent first; at least one. */
export function findingsOf(report: Omit<Report, "summary">): readonly Finding[] {
  const found = [
    ...alerts(report),
    ...limits(report),
    ...errors(report),
    ...states(report),
    ...slowdowns(report),
    ...blocks(report),
    ...levels(report),
    ...anomalies(report),
  ];
  if (found.length > 0) return found;
  if (report.charts.length === 0) return [plain("The store has no data in this range.")];
  return [
    { tone: "good", text: "Nothing unusual: no alerts, no errors, no changes of level, no limits in sight." },
  ];
}

function plain(text: string): Finding {
  return { tone: "plain", text };
}

function alerts({ incidents, range }: Omit<Report, "summary">): readonly Finding[] {
  const fired = incidents.filter(({ kind }) => kind === "alert");
  const sentences = fired.map(({ name, from, to }): Finding => {
    const alert = `Alert ${shortName(name, MAX_NAME)}`;
    if (Date.parse(from) <= Date.parse(range.from)) {
      return to === null
        ? { tone: "bad", text: `${alert} fired throughout the range.` }
        : { tone: "warn", text: `${alert} was firing at the start of the range, until ${shortTime(to)}.` };
    }
    const since = `${alert} fired at ${shortTime(from)}`;
    return to === null
      ? { tone: "bad", text: `${since} and is still firing.` }
      : { tone: "warn", text: `${since}, for ${lengthBetween(from, to)}.` };
  });
  const restarts = incidents.filter(({ kind }) => kind === "restart").length;
  const restarted: Finding[] =
    restarts === 0 ? [] : [{ tone: "warn", text: `Restarts of processes: ${restarts}.` }];
  return [...shortened(sentences, `alerts from ${shortTime(range.from)} on`), ...restarted];
}

function limits({ forecasts }: Omit<Report, "summary">): readonly Finding[] {
  const sentences = forecasts.map((each): Finding => {
    const name = `${each.metric} (${shortName(seriesText(each), MAX_NAME)})`;
    const limit = valueText(each.threshold, each.unit);
    switch (each.outcome) {
      case "reached": {
        const isBelow = each.value < each.threshold;
        const now = each.value === each.threshold ? "" : `, at ${valueText(each.value, each.unit)}`;
        const side = isBelow ? "below" : now === "" ? "at" : "above";
        const text = `its limit of ${limit}${now}`;
        if (each.until !== null) return plain(`${name} was ${side} ${text}, until ${shortTime(each.until)}.`);
        return isBelow
          ? { tone: "warn", text: `${name} fell below ${text}.` }
          : { tone: "bad", text: `${name} is ${side} ${text}.` };
      }
      case "expected":
      case "possible": {
        const word = each.outcome === "expected" ? "reaches" : "may reach";
        return {
          tone: "warn",
          text: `${name} ${word} ${limit} at ${shortTime(each.at)} if its trend continues.`,
        };
      }
      default:
        return each.outcome satisfies never;
    }
  });
  return shortened(sentences, "limits");
}

interface Share {
  readonly share: number;
  readonly text: string;
}

// Shares of all operations in the range, by exact counts if there are some. The highest come first.
function errors({ charts, failures }: Omit<Report, "summary">): readonly Finding[] {
  const shares = charts.filter(({ aspect, unit }) => aspect === "errors" && unit === "1");
  const counted = failures.map(({ chart: id, title, of, failures: failed, total }): Share => {
    const share = failed / total;
    const name = of === "" ? title : `${title} (${shortName(of, MAX_NAME)})`;
    const chart = shares.find((each) => each.id === id);
    const counts = `${failed} of ${total} failed`;
    if (chart === undefined || share < LEAST_ERRORS) return { share, text: `${name}: ${counts}.` };
    const drawnOf = chart.series.filter((each) => of === "" || each.name === of);
    return { share, text: `${name}: ${valueText(share, "1")} (${counts})${most(chart, drawnOf)}.` };
  });
  // Shares without counts.
  const drawn = shares.flatMap((chart): Share[] => {
    if (failures.some(({ chart: id }) => id === chart.id)) return [];
    const [worst] = chart.series.toSorted((one, other) => (other.overall ?? 0) - (one.overall ?? 0));
    const share = worst?.overall ?? 0;
    if (worst === undefined || share < LEAST_ERRORS) return [];
    const of = chart.series.length === 1 ? "" : ` (${shortName(worst.name, MAX_NAME)})`;
    return [{ share, text: `${chart.title}${of}: ${valueText(share, "1")}${most(chart, [worst])}.` }];
  });
  const found = [...counted, ...drawn].toSorted((one, other) => other.share - one.share);
  return shortened(
    found.map(({ share, text }) => ({ tone: toneOf(share), text })),
    "kinds of errors",
  );
}

// The highest value of some series, after a comma.
function most({ times }: ReportChart, series: readonly ReportSeries[]): string {
  const values = series.flatMap(({ name, values: all }) =>
    all.map((value, i) => ({ name, value: value ?? -Infinity, time: times[i] ?? 0 })),
  );
  const highest = values.reduce<(typeof values)[number] | undefined>(
    (best, each) => (best === undefined || each.value > best.value ? each : best),
    undefined,
  );
  if (highest === undefined || highest.value === -Infinity) return "";
  const of = series.length === 1 ? "" : ` (${shortName(highest.name, MAX_NAME)})`;
  return `, at most ${valueText(highest.value, "1")}${of} at ${shortTime(highest.time)}`;
}

function toneOf(share: number): Finding["tone"] {
  if (share < LEAST_ERRORS) return "plain";
  return share < MANY_ERRORS ? "warn" : "bad";
}

const UNWELL: readonly string[] = ["degraded", "unhealthy"];

function states({ charts }: Omit<Report, "summary">): readonly Finding[] {
  const sentences = charts.flatMap(({ kind, series, states: names = {}, times: [first = 0, second = 0] }) => {
    if (kind !== "state") return [];
    return series.flatMap(({ name, values }): Finding[] => {
      const bad = values.map((value) => value !== null && UNWELL.includes(names[value] ?? ""));
      const count = bad.filter(Boolean).length;
      if (count === 0) return [];
      const start = first + bad.indexOf(true) * (second - first);
      const length = lengthText(count * (second - first));
      const text = `${shortName(name, MAX_NAME)} was degraded or unhealthy for ${length}, first at ${shortTime(start)}.`;
      return [{ tone: bad.at(-1) === true ? "bad" : "warn", text }];
    });
  });
  return shortened(sentences, "unhealthy components");
}

function slowdowns({ slower }: Omit<Report, "summary">): readonly Finding[] {
  const sentences = slower.map((each): Finding => {
    const [before, after] = [each.beforeSeconds, each.afterSeconds].map((value) => valueText(value, "s"));
    const name = `${each.metric} (${shortName(seriesText(each), MAX_NAME)})`;
    return {
      tone: "warn",
      text: `${name} is slower than in the range before: ${after} instead of ${before}.`,
    };
  });
  return shortened(sentences, "slower series");
}

function blocks({ blocks: [longest] }: Omit<Report, "summary">): readonly Finding[] {
  if (longest === undefined) return [];
  const { seconds, share } = longest;
  const all = valueText(seconds / share, "s");
  const text = `The event loop was blocked for ${all}, by ${shortName(functionText(longest), MAX_NAME)} for ${valueText(seconds, "s")}.`;
  return [{ tone: "warn", text }];
}

function levels({ changes }: Omit<Report, "summary">): readonly Finding[] {
  const sentences = changes.map((each): Finding => {
    const name = `${each.metric} (${shortName(seriesText(each), MAX_NAME)})`;
    const [before, after] = [each.before, each.after].map((value) => valueText(value, each.unit));
    return plain(`${name} changed from ${before} to ${after} at ${shortTime(each.at)}.`);
  });
  return shortened(sentences, "changes of level");
}

function anomalies({ incidents }: Omit<Report, "summary">): readonly Finding[] {
  const found = incidents.filter(({ kind }) => kind === "anomaly");
  if (found.length === 0) return [];
  const names = [...new Set(found.map(({ name }) => shortName(name, MAX_NAME)))];
  return [plain(`Unusual for some time: ${firstNames(names, MAX_OF_A_KIND)}.`)];
}

function shortened(sentences: readonly Finding[], what: string): readonly Finding[] {
  const left = sentences.length - MAX_OF_A_KIND;
  if (left <= 0) return sentences;
  return [...sentences.slice(0, MAX_OF_A_KIND), plain(`Further ${what}: ${left}.`)];
}
