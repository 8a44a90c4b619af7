import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { expect, test } from "vitest";
import { exportRules } from "../../src/alerts/index.ts";
import { grafanaDashboard } from "../../src/cli/dashboards/grafana-dashboard.ts";
import { dashboardsFor } from "../../src/cli/dashboards/index.ts";
import { PROM_CLIENT_RULES } from "../../src/cli/dashboards/prom-client-rules.ts";
import { format, parse as parseExpression } from "../../src/query/index.ts";
import { promtool } from "../alerts/evaluation/promtool.ts";
import { needs } from "../servers/needs.ts";
import { PROMETHEUS } from "../../src/readers/prometheus/serving/options.ts";
import { Parser } from "../../src/options/parser.ts";
import { served } from "../query/http/served.ts";

const folder = resolve(import.meta.dirname, "../../examples/grafana");

interface DataSource {
  readonly type: string;
  readonly url: string;
  readonly jsonData: { readonly httpMethod: string; readonly timeInterval: string };
}

const file = readFileSync(resolve(folder, "provisioning/datasources/tachymeter.yaml"), "utf8");
const provisioning: { datasources: DataSource[] } = parse(file);
const [source] = provisioning.datasources;

test("the data source is an application on the default port", () => {
  const { host, port } = PROMETHEUS.parse(new Parser({}, {}), {}, "options");
  expect(source).toMatchObject({ type: "prometheus", url: `http://${host}:${port}` });
});

test("the documentation shows the file of the data source", () => {
  const document = readFileSync(resolve(folder, "../../docs/query.md"), "utf8");
  expect(document).toContain(`\`\`\`yaml\n${file}\`\`\`\n`);
});

test("the requests that Grafana makes with the data source succeed", async () => {
  const { telemetry, ask } = await served();
  telemetry.messaging.sent("jobs");
  const method = source?.jsonData.httpMethod ?? "";
  const post = async (path: string, parameters: Record<string, string>): Promise<unknown> =>
    (await ask(path, {}, { method, body: new URLSearchParams(parameters) })).body.data;
  // The samples of the first collection are older than `now`.
  await telemetry.query("1");
  const now = Math.floor(Date.now() / 1_000) + 1;
  // Its test of a data source.
  expect(await post("query", { query: "1+1", time: `${now}` })).toMatchObject({ result: [now, "2"] });
  expect((await ask("status/buildinfo")).body.data).toHaveProperty("version");
  const range = { start: `${now - 3_600}`, end: `${now}` };
  // Its editor, and its panels.
  expect((await ask("label/__name__/values", range)).body.data).toContain("messages_sent_total");
  expect(await post("labels", { ...range, "match[]": "messages_sent_total" })).toContain(
    "messaging_destination_name",
  );
  expect((await ask("metadata", { limit: "40000" })).body.data).toHaveProperty("messages_sent_total");
  expect((await ask("rules")).body.data).toEqual({ groups: [] });
  const step = source?.jsonData.timeInterval ?? "";
  const panel = await post("query_range", {
    query: "sum(messages_sent_total)",
    start: `${now - 30}`,
    end: `${now}`,
    step,
  });
  expect(panel).toMatchObject({ resultType: "matrix", result: [{ metric: {}, values: [[now, "1"]] }] });
});

test("the dashboards and the rules are those that `tachymeter dashboards export` writes", async () => {
  const syntax = { parse: parseExpression, format };
  const dashboards = dashboardsFor(undefined, syntax);
  for (const dashboard of dashboards) {
    const text = `${JSON.stringify(grafanaDashboard(dashboard, syntax), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(resolve(folder, `dashboards/${dashboard.uid}.json`));
  }
  expect(readdirSync(resolve(folder, "dashboards")).toSorted()).toEqual(
    dashboards.map(({ uid }) => `${uid}.json`).toSorted(),
  );
  await expect(exportRules([PROM_CLIENT_RULES])).toMatchFileSnapshot(
    resolve(folder, "prom-client-rules.yml"),
  );
});

test("Prometheus accepts its configuration, with the rules", async (context) => {
  needs(context, "promtool");
  const { code, output } = await promtool({}, ["check", "config", resolve(folder, "prometheus.yml")]);
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/2 rule files found/) });
});
