// Reports as one HTML page without scripts and other files.
import { htmlText } from "../../diagnostics/foreign-text.ts";
import { AREAS, panelValueText, valueText } from "../../page/panels/index.ts";
import { seriesText } from "../query/shown.ts";
import { type ChartMark, chartSvg, classOf, shortName, toneOf } from "./chart-svg.ts";
import type { Report } from "./document.ts";
import type { KeyFigure } from "./figures.ts";
import type { ReportChart, ReportSeries } from "./panel-charts.ts";
import { emptyFindingsOf, headingOf, type Section, sectionsOf } from "./sections.ts";
import { STYLE } from "./style.ts";

const MAX_NAME = 90;

/** A self-contained HTML page: summary, key figures, charts, tables. */
export function htmlOf(report: Report): string {
  const [title = "", about = ""] = headingOf(report).map(htmlText);
  const nothing = emptyFindingsOf(report).map((sentence) => `<li>${htmlText(sentence)}</li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${about}</p>
</header>
<main>
<ul class="summary">
${report.summary.map(({ tone, text }) => `<li class="${tone}">${htmlText(text)}</li>`).join("\n")}
</ul>
${figures(report.figures)}
${areas(report)}
${sectionsOf(report).map(table).join("\n")}
${nothing.length === 0 ? "" : `<section><h2>Without findings</h2><ul>${nothing.join("\n")}</ul></section>`}
</main>
</body>
</html>
`;
}

function figures(all: readonly KeyFigure[]): string {
  if (all.length === 0) return "";
  const cards = all.map(({ title, series, unit, mean, max, before, course: trend }) => {
    const name = series === "" ? title : `${title}, ${series}`;
    const earlier = before === null ? "" : `, before ${valueText(before, unit)}`;
    return `<li><span class="name">${htmlText(shortName(name, 60))}</span>
<strong>${htmlText(mean === null ? "–" : valueText(mean, unit))}</strong>${change(mean, before)}
${spark(trend)}
<small>max ${htmlText(valueText(max, unit) + earlier)}</small></li>`;
  });
  return `<section><h2>Key figures</h2>
<p class="note">Of the whole range: rates, shares and percentiles of all measurements, means of other values.</p>
<ul class="figures">
${cards.join("\n")}
</ul></section>`;
}

function change(mean: number | null, before: number | null): string {
  if (mean === null || before === null || before === 0 || mean === before) return "";
  const percent = Math.round((mean / before - 1) * 100);
  if (percent === 0) return "";
  const text =
    Math.abs(percent) > 999
      ? `× ${Math.round(mean / before)}`
      : `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`;
  return ` <span class="change">${text}</span>`;
}

const SPARK = { width: 150, height: 26 };

function spark(trend: readonly (number | null)[]): string {
  const known = trend.filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(...known)];
  const points = trend.flatMap((value, i) => {
    if (value === null) return [];
    const x = (i / Math.max(trend.length - 1, 1)) * SPARK.width;
    const y = SPARK.height - 2 - ((value - low) / (high - low || 1)) * (SPARK.height - 4);
    return [`${x.toFixed(1)},${y.toFixed(1)}`];
  });
  return `<svg class="spark" viewBox="0 0 ${SPARK.width} ${SPARK.height}" preserveAspectRatio="none" aria-hidden="true"><polyline points="${points.join(" ")}"/></svg>`;
}

function areas(report: Report): string {
  const names = [...new Set(report.charts.map(({ area }) => area))];
  return names
    .map((area) => {
      const charts = report.charts.filter((chart) => chart.area === area);
      const title = area === "other" ? "Metrics of the application" : AREAS[area];
      return `<section><h2>${title}</h2>
<div class="charts">
${charts.map((chart) => figure(chart, marksOf(report, chart))).join("\n")}
</div></section>`;
    })
    .join("\n");
}

// Alerts and restarts are on all charts, changes and anomalies on those of their metric.
function marksOf({ incidents, changes }: Report, { metrics }: ReportChart): readonly ChartMark[] {
  const isOf = (name: string): boolean => {
    const words = name.replaceAll(/\W/g, "_");
    return metrics.some((metric) => metric === words || metric.startsWith(`${words}_`));
  };
  return [
    ...incidents
      .filter(({ kind, name }) => kind !== "anomaly" || isOf(name))
      .map(({ kind, name, from }) => ({ kind, time: Date.parse(from) / 1_000, text: `${kind}: ${name}` })),
    ...changes
      .filter(({ metric }) => isOf(metric))
      .map((each) => ({
        kind: "change" as const,
        time: Date.parse(each.at) / 1_000,
        text: `change of level: ${seriesText(each)}`,
      })),
  ];
}

function figure(chart: ReportChart, marks: readonly ChartMark[]): string {
  const { title, description, series, kind, hidden, states } = chart;
  const names =
    kind === "state"
      ? Object.values(states ?? {}).map((state) => `<li class="${toneOf(state)}">${htmlText(state)}</li>`)
      : series.map(
          ({ name }, i) => `<li class="${classOf(name, i)}">${htmlText(shortName(name, MAX_NAME))}</li>`,
        );
  const kinds = [...new Set(marks.map((mark) => mark.kind))];
  const legend = [
    ...names,
    ...(hidden === 0 ? [] : [`<li class="more">and ${hidden} more</li>`]),
    ...kinds.map((each) => `<li class="mark ${each}">${each}</li>`),
  ];
  return `<figure${kind === "state" ? ' class="wide"' : ""}>
<figcaption><h3>${htmlText(title)}</h3><p>${htmlText(description)}</p></figcaption>
${chartSvg(chart, marks)}
<ul class="legend">${legend.join("")}</ul>
${valuesTable(chart)}
</figure>`;
}

function valuesTable(chart: ReportChart): string {
  const shown = (value: number | null): string =>
    value === null ? "" : htmlText(panelValueText(chart, value));
  const isState = chart.kind === "state";
  const columns = isState ? ["Last"] : ["Min", "Whole range", "Max", "Last"];
  const rows = chart.series.map((series) => {
    const cells = valuesOf(series)
      .slice(isState ? 3 : 0)
      .map((value) => `<td class="number">${shown(value)}</td>`);
    return `<tr><th scope="row">${htmlText(shortName(series.name, MAX_NAME))}</th>${cells.join("")}</tr>`;
  });
  const heads = columns.map((column) => `<th scope="col" class="number">${column}</th>`);
  return `<details><summary>Values</summary><table><thead><tr><th scope="col">Series</th>${heads.join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></details>`;
}

function valuesOf({ values, overall }: ReportSeries): readonly (number | null)[] {
  const known = values.filter((value) => value !== null);
  return [Math.min(...known), overall, Math.max(...known), known.at(-1) ?? null];
}

function table({ title, columns, rows }: Section): string {
  const line = (tag: "td" | "th", cells: readonly string[]): string => {
    const texts = cells.map((cell, i) => {
      const kind = columns[i]?.isNumber === true ? ' class="number"' : "";
      return `<${tag}${kind}>${htmlText(cell)}</${tag}>`;
    });
    return `<tr>${texts.join("")}</tr>`;
  };
  return `<section><h2>${htmlText(title)}</h2>
<table>
<thead>${line(
    "th",
    columns.map((column) => column.title),
  )}</thead>
<tbody>
${rows.map((row) => line("td", row)).join("\n")}
</tbody>
</table></section>`;
}
