// Alerts of a group: one process evaluates the rules, and its successor goes on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { freePort, runNode } from "../kit/process.ts";

const program = readFileSync(join(import.meta.dirname, "programs/alerting.mjs"), "utf8");

test("the exporting process alone has alerts; after kill -9 the next one goes on, and announces nothing twice", async () => {
  const cwd = await application({ "alerting.mjs": program });
  const port = await freePort();
  const env = {
    OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
    TACHYMETER_GROUP: "alerting",
    TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
  };
  const first = runNode({ cwd, args: ["alerting.mjs", "first"], env });
  await first.waitForOutput(/first: Busy firing/);
  const second = runNode({ cwd, args: ["alerting.mjs", "second"], env });
  await second.waitForOutput(/(second: member, 0 firing\n){5}/);
  await first.waitForOutput(/first: aggregator, 1 firing/);
  first.kill("SIGKILL");
  await second.waitForOutput(/second: \w+, 1 firing\n[^]*1 firing\n[^]*1 firing/);
  expect(second.stdout).not.toMatch(/Busy (?:firing|resolved)/);
  // Its listener waited for the role.
  expect(second.stdout).not.toContain("second listens");
  second.kill("SIGUSR2");
  await second.waitForOutput(/second listens: Busy resolved/);
  second.kill("SIGKILL");
});
