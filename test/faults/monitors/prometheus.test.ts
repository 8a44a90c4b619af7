// A fault that no process sees of itself: Prometheus evaluates the exported rules.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { exportRules } from "../../../src/alerts/export/export-rules.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort, runNode, scrape } from "../../kit/process.ts";
import { needs } from "../../servers/needs.ts";
import { killed, startFaulty } from "../../alerts/monitors/fault-kit.ts";

beforeAll(packedProject);

test("a job whose last process is killed has vanished, until it is started again", async (context) => {
  needs(context, "prometheus");
  const port = await freePort();
  const options = { readers: [{ type: "prometheus" as const, port }] };
  const application = await startFaulty({ options });
  const alerts = await alertsOfPrometheus(port);
  await expect.poll(() => alerts.isScraped(), { timeout: 60_000 }).toBe(true);
  expect(await alerts.firing()).toEqual([]);
  await killed(application);
  await expect
    .poll(() => alerts.firing(), { timeout: 60_000 })
    .toEqual([expect.stringContaining("No process of shop has been measured")]);
  const restarted = await startFaulty({ options });
  await expect.poll(() => alerts.firing(), { timeout: 60_000 }).toEqual([]);
  await killed(restarted);
});

// Descriptions of the firing alerts `MetricsMissing` of a Prometheus that scrapes job `shop` each second.
async function alertsOfPrometheus(target: number) {
  const cwd = newFolder("prometheus");
  const groups = monitorGroups({ metricsMissing: { window: "5m", for: "0s", after: 0 } });
  writeFileSync(join(cwd, "rules.yml"), exportRules(groups));
  const configuration = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: [{ job_name: "shop", static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  writeFileSync(join(cwd, "prometheus.yml"), stringify(configuration));
  const port = await freePort();
  const args = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"];
  const server = runNode({
    command: "prometheus",
    args: [...args, `--web.listen-address=127.0.0.1:${port}`],
    cwd,
  });
  await server.waitForOutput(/Server is ready to receive web requests/);
  const url = `http://127.0.0.1:${port}/api/v1`;
  return {
    async isScraped(): Promise<boolean> {
      return (await scrape(`${url}/query?query=process_uptime_seconds`)).includes(`"job":"shop"`);
    },
    async firing(): Promise<readonly (string | undefined)[]> {
      const { data }: { data: { alerts: PrometheusAlert[] } } = JSON.parse(await scrape(`${url}/alerts`));
      return data.alerts
        .filter(({ labels, state }) => labels["alertname"] === "MetricsMissing" && state === "firing")
        .map(({ annotations }) => annotations["description"]);
    },
  };
}

interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}
