import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { application } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { startAlertmanager } from "../../servers/alertmanager.ts";
import { needs } from "../../servers/needs.ts";
import { HttpServer } from "./http-server.ts";

const program = readFileSync(join(import.meta.dirname, "../programs/busy.mjs"), "utf8");

test("a process is killed in each state: the real Alertmanager has one alert, which fires once and resolves once", async (context) => {
  needs(context, "prometheus-alertmanager");
  const hook = await HttpServer.start();
  const server = await startAlertmanager(hook.url());
  const cwd = await application({ "busy.mjs": program });
  const live = async (busy: number, until: () => Promise<unknown>): Promise<void> => {
    const running = runNode({ cwd, args: ["busy.mjs", server.url, String(busy)] });
    const state = busy > 0 ? /Busy is (?:pending|firing)/ : /Busy is inactive/;
    await running.waitForOutput(state);
    await until();
    running.kill("SIGKILL");
    await running.exit;
  };
  // Pending, which no receiver gets.
  await live(1, async () => {});
  expect(await server.alerts()).toEqual([]);
  let [first, end] = ["", ""];
  await live(1, async () => {
    const [alert] = await server.until((alerts) => alerts.length === 1);
    [first, end] = [alert!.startsAt, alert!.endsAt];
  });
  await live(1, () =>
    server.until(
      ([alert, ...others]) => alert!.endsAt > end && alert!.startsAt === first && others.length === 0,
    ),
  );
  await live(0, () => server.until((alerts) => alerts.length === 0));
  await hook.received(2);
  expect(hook.requests.map(({ json }) => json["status"])).toEqual(["firing", "resolved"]);
}, 180_000);
