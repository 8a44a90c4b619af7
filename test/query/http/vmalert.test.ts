import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort, runNode, scrape } from "../../kit/process.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { needsFetched } from "../../servers/needs.ts";
import { served } from "./served.ts";

const RULES = `
groups:
  - name: jobs
    interval: 1s
    rules:
      - { alert: ManyJobs, expr: 'sum by (messaging_destination_name) (messages_sent_total) > 2', annotations: { summary: "{{ $value }} sent" } }
      - { alert: NoJobs, expr: 'absent(messages_sent_total)' }
`;

interface VmalertAlerts {
  readonly data: {
    readonly alerts: readonly {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  };
}

test("vmalert evaluates its rules with our endpoint", async (context) => {
  const program = join(needsFetched(context, "victoria-metrics"), "usr/bin/vmalert");
  const { telemetry, url } = await served();
  for (let i = 0; i < 3; i++) telemetry.messaging.sent("jobs");
  await telemetry.query("1");
  const folder = newFolder("vmalert");
  writeFileSync(join(folder, "rules.yml"), RULES);
  const port = await freePort();
  const vmalert = runNode({
    command: program,
    args: [
      "-rule=rules.yml",
      `-datasource.url=${url}`,
      "-notifier.blackhole",
      "-evaluationInterval=1s",
      "-rule.evalDelay=0s",
      `-httpListenAddr=127.0.0.1:${port}`,
    ],
    cwd: folder,
  });
  await vmalert.waitForOutput(/started server at/);
  const alerts = async (): Promise<unknown> => {
    const { data }: VmalertAlerts = JSON.parse(await scrape(`http://127.0.0.1:${port}/api/v1/alerts`));
    return data.alerts.map(({ name, labels, annotations }) => [name, labels, annotations]);
  };
  await expect
    .poll(alerts)
    .toEqual([
      [
        "ManyJobs",
        { alertgroup: "jobs", alertname: "ManyJobs", messaging_destination_name: "jobs" },
        { summary: "3 sent" },
      ],
    ]);
  expect(`${vmalert.stdout}${vmalert.stderr}`).not.toMatch(/\terror\t/);
});
