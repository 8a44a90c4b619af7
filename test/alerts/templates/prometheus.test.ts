import { expect, test } from "vitest";
import { Template } from "../../../src/alerts/templates/template.ts";
import { needs } from "../../servers/needs.ts";
import { promtool } from "../evaluation/promtool.ts";
import { templates } from "./templates.ts";

const LABELS = { instance: "host.example.com:9100", job: "api", path: "/a b?c=<d>&e='f'", number: "1234.5" };
const QUERY_RESULT = [
  { labels: { __name__: "other", job: "b", n: "2" }, value: 2 },
  { labels: { __name__: "other", job: "a", n: "10" }, value: 10 },
];

function ours(template: string, value: number): string | Promise<string> {
  return new Template(template, "T").expand({
    labels: { __name__: "x", ...LABELS },
    value,
    timeSeconds: 0,
    externalLabels: { region: "eu" },
    externalUrl: "http://localhost:9090/prefix",
    query: (expression) => {
      if (expression === "other") return QUERY_RESULT;
      if (expression === "other{n='10'}") return QUERY_RESULT.slice(1);
      return [];
    },
  });
}

test.for([0.123456, 1234567.891, -42, 86_400.5, Number.NaN, Infinity, 0, 1e-9, 1e15])(
  "Prometheus fills in the same templates with the value %d",
  async (value, context) => {
    needs(context, "promtool");
    expect(await differencesWith(value)).toBe("");
  },
);

test("the set has at least 100 templates", () => {
  expect(templates.length).toBeGreaterThanOrEqual(100);
});

async function differencesWith(value: number): Promise<string> {
  const texts = await Promise.all(templates.map(async (template) => await ours(template, value)));
  const rules = {
    groups: [
      {
        name: "g",
        rules: templates.map((template, i) => ({
          alert: "T",
          expr: "x",
          labels: { i: String(i) },
          annotations: { t: template },
        })),
      },
    ],
  };
  const labels = Object.entries(LABELS).map(([name, text]) => `${name}=${JSON.stringify(text)}`);
  const shown = Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : "Inf";
  const tests = {
    rule_files: ["rules.yml"],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        external_labels: { region: "eu" },
        external_url: "http://localhost:9090/prefix",
        input_series: [
          { series: `x{${labels.join(",")}}`, values: shown },
          { series: 'other{job="b",n="2"}', values: "2" },
          { series: 'other{job="a",n="10"}', values: "10" },
        ],
        alert_rule_test: [
          {
            eval_time: "0m",
            alertname: "T",
            exp_alerts: texts.map((text, i) => ({
              exp_labels: { ...LABELS, i: String(i) },
              exp_annotations: { t: text },
            })),
          },
        ],
      },
    ],
  };
  const { code, output } = await promtool(
    { "rules.yml": JSON.stringify(rules), "test.yml": JSON.stringify(tests) },
    ["test", "rules", "test.yml"],
  );
  return code === 0 ? "" : differences(output, texts);
}

// The alerts that promtool got, beside the expected texts.
function differences(output: string, texts: readonly string[]): string {
  const got = output.slice(output.indexOf("got:"));
  const lines: string[] = [];
  const byIndex = new Map<string, string>();
  let index = "";
  for (const match of got.matchAll(/\bi="(\d+)"|Annotations:\{t="((?:[^"\\]|\\.)*)"\}/g)) {
    if (match[1] !== undefined) index = match[1];
    else byIndex.set(index, match[2] ?? "");
  }
  for (const [i, text] of texts.entries()) {
    const theirs = byIndex.get(String(i));
    const quoted = JSON.stringify(text).slice(1, -1);
    if (theirs !== quoted) lines.push(`${templates[i]}: expected ${theirs}, got ${quoted}`);
  }
  return lines.length === 0 ? output : lines.join("\n");
}
