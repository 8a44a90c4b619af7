// An alert of a previous process that no rule raises any more fired on at receivers for a day.
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { start, type Tachymeter } from "tachymeter";
import type { AlertOptions } from "tachymeter/alerts";
import { expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";

const WAIT = { timeout: 30_000, interval: 20 };
const rule = (alert: string) => ({ name: alert, rules: [{ alert, expr: "vector(1)" }] });
const SEQUENCE = { alert: "Failed", when: "count payment.failed >= 1 within 1m by source" };

function started(alerts: AlertOptions): Tachymeter {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [],
    alerts: { interval: 0.2, monitors: false, route: { groupWait: 0, groupInterval: 0.2 }, ...alerts },
  });
  onTestFinished(() => telemetry.shutdown());
  return telemetry;
}

test("alerts of a previous process that no rule raises are resolved, and the others fire on", async () => {
  const directory = newFolder("alerts");
  const notified: string[] = [];
  const receivers = [
    ({ name, state }: { name: string; state: string }) => void notified.push(`${name} ${state}`),
  ];
  const sequences = [SEQUENCE];
  const before = started({ directory, receivers, sequences, rules: [rule("Lost"), rule("Kept")] });
  before.events.record({ event_type: "payment.failed", source: "web" });
  await vi.waitFor(() => expect(notified).toHaveLength(3), WAIT);
  expect(before.alerts?.rules()[0]?.alerts).toMatchObject([{ labels: { job: "shop", alertname: "Lost" } }]);
  await before.shutdown();
  for (const file of ["alerts.json", "sequences.json"]) {
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    // As after the sudden end of a process.
    rmSync(join(directory, file));
  }
  notified.length = 0;
  started({ directory, receivers, sequences, rules: [rule("Kept")] });
  await vi.waitFor(() => expect(notified.toSorted()).toEqual(["Failed resolved", "Lost resolved"]), WAIT);
});
