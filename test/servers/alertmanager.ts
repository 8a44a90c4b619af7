// The real Alertmanager, on the loopback interface.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { freePort, scrape } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** An alert as `/api/v2/alerts` shows it. */
export interface ReceivedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
  readonly generatorURL?: string;
}

/** A running Alertmanager. It ends with the test that started it. */
export interface AlertmanagerServer extends Server {
  readonly url: string;
  /** The alerts that fire. */
  alerts(): Promise<readonly ReceivedAlert[]>;
  /** Resolves once the firing alerts fulfil `condition`. */
  until(condition: (alerts: readonly ReceivedAlert[]) => boolean): Promise<readonly ReceivedAlert[]>;
}

/** Starts an Alertmanager that groups alerts by name and posts them to a webhook, almost at once. */
export async function startAlertmanager(webhookUrl?: string): Promise<AlertmanagerServer> {
  const folder = serverFolder("alertmanager");
  const port = await freePort();
  const configuration = {
    route: {
      receiver: "test",
      group_by: ["alertname"],
      group_wait: "10ms",
      group_interval: "100ms",
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "test",
        ...(webhookUrl !== undefined && { webhook_configs: [{ url: webhookUrl, send_resolved: true }] }),
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, "alertmanager.yml"), JSON.stringify(configuration));
  const server = await startServer({
    command: "prometheus-alertmanager",
    args: [
      "--config.file=alertmanager.yml",
      "--storage.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    folder,
    port,
  });
  const url = `http://127.0.0.1:${port}`;
  const alerts = async (): Promise<readonly ReceivedAlert[]> =>
    JSON.parse(await scrape(`${url}/api/v2/alerts?active=true`));
  return {
    port,
    url,
    alerts,
    get process() {
      return server.process;
    },
    kill: () => server.kill(),
    startAgain: () => server.startAgain(),
    async until(condition) {
      let found: readonly ReceivedAlert[] = [];
      await expect
        .poll(
          async () => {
            // Requests fail while it starts again.
            found = await alerts().catch(() => found);
            return condition(found);
          },
          { timeout: 60_000, interval: 50 },
        )
        .toBe(true);
      return found;
    },
  };
}
