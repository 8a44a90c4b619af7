import { expect, test } from "vitest";
import { outputOf, runNode } from "../../kit/process.ts";
import { needs } from "../../servers/needs.ts";
import { served } from "./served.ts";

test("promtool queries our endpoint", async (context) => {
  needs(context, "promtool");
  const { telemetry, url } = await served();
  for (let i = 0; i < 3; i++) telemetry.messaging.sent("jobs");
  await telemetry.query("1");
  const promtool = (...args: readonly string[]): Promise<string> =>
    outputOf(runNode({ command: "promtool", cwd: ".", args: ["query", ...args] }));
  // The time of a question without one is promtool's, before the first collection.
  const time = String(Math.ceil(Date.now() / 1_000));
  expect(await promtool("instant", `--time=${time}`, url, "sum(messages_sent_total)")).toBe(
    `{} => 3 @[${time}]\n`,
  );
  const start = String(Number(time) - 2);
  const range = await promtool("range", `--start=${start}`, `--end=${time}`, "--step=1s", url, "vector(7)");
  expect(range).toContain(`7 @[${time}]`);
  const series = await promtool("series", "--match=messages_sent_total", url);
  expect(series).toContain('messaging_destination_name="jobs"');
  expect((await promtool("labels", url, "messaging_destination_name")).trim()).toBe("jobs");
});

test("promtool shows the error of a wrong expression", async (context) => {
  needs(context, "promtool");
  const { url } = await served();
  const child = runNode({ command: "promtool", cwd: ".", args: ["query", "instant", url, "sum("] });
  const exit = await child.exit;
  expect(exit.code).not.toBe(0);
  expect(`${child.stderr}${child.stdout}`).toContain("bad_data");
});
