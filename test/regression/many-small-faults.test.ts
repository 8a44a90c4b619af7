import { start } from "tachymeter";
import { Commands, Messaging } from "tachymeter/facades";
import { DurableExporter } from "tachymeter/otlp";
import { beforeAll, expect, test } from "vitest";
import { configurationFile } from "../../src/configuration/configuration-file.ts";
import { allSteps } from "../../src/io/yield.ts";
import { Template } from "../../src/alerts/templates/template.ts";
import { OptionsError } from "../../src/options/index.ts";
import { tachymeter } from "../cli/running.ts";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { listening } from "../kit/listening.ts";

beforeAll(packedProject);

function messageOf(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return String(error);
  }
}

test("results of a template's functions count towards its steps", async () => {
  const template = new Template('{{ range 40000 }}{{ $x := printf "%.10000f" 1e300 }}{{ end }}', "rule");
  const data = { labels: {}, value: 1, timeSeconds: 0, externalLabels: {}, externalUrl: "", query: () => [] };
  expect(await template.expand(data)).toContain("the template takes more than 100000 steps");
});

test("an argument of the wrong type has its name in the error", () => {
  const wrong: () => void = JSON.parse("5");
  expect(messageOf(() => new Commands().run("p", wrong))).toBe(
    "TypeError: commands.run: fn must be a function, got 5; pass the work as () => …",
  );
  for (const process of [
    () => new Messaging().process("jobs", wrong),
    () => new Messaging().destination("jobs").process(wrong),
  ])
    expect(messageOf(process)).toBe(
      "TypeError: messaging.process: handler must be a function, got 5; pass the work as () => …",
    );
  expect(
    messageOf(() => Reflect.construct(DurableExporter, [5, { directory: newFolder("outbox") }])),
  ).toContain("durable exporter: exporter must be an exporter of metrics, got 5");
  expect(messageOf(() => Reflect.construct(DurableExporter, [5]))).toContain("options must be an object");
});

test("a text in place of an object with secrets is not shown", () => {
  const alerts = "https://hooks.slack.com/services/SECRET";
  const message = messageOf(() => Reflect.apply(start, undefined, [{ alerts }]));
  expect(message).toContain("alerts must be true, false or an object");
  expect(message).not.toContain("SECRET");
});

test("at most 50 problems of the options are listed", () => {
  const problems = Array.from({ length: 2_000 }, (_, i) => ({ name: `key${i}`, value: i, must: "be known" }));
  const { message } = new OptionsError("configuration", problems);
  expect(message).toContain("2000 problems");
  expect(message.split("\n")).toHaveLength(52);
  expect(message).toMatch(/and 1950 more$/);
});

test("warnings of a configuration file are bounded, however many faults it has", () => {
  const lines = (line: (i: number) => string): string =>
    Array.from({ length: 300 }, (_, i) => line(i)).join("");
  const text = [
    `file_format: "1.9"\n${lines((i) => `unknown_${"x".repeat(200)}${i}: 1\n`)}`,
    `file_format: "1.1"\nresource:\n  attributes:\n${lines((i) => `    - { name: a${i}, value: "\${UNSET_${i}}" }\n`)}`,
    `file_format: "1.1"\nresource:\n  attributes:\n${lines((i) => `    - { name: password${i}, value: "x" }\n`)}`,
  ];
  for (const each of text) {
    const { problems, warnings } = allSteps(configurationFile("otel.yaml", each, {}));
    expect(problems).toEqual([]);
    expect(warnings.join("\n")).toMatch(/and 250 more/);
    expect(warnings.join("\n").length).toBeLessThan(20_000);
  }
});

test("alerts of a folder without any, of a redirect and of an endless response are errors", async () => {
  const url = await listening((request, response) => {
    if (request.url?.startsWith("/long") === true) {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(1_048_576)));
      };
      response.on("drain", more);
      return more();
    }
    response.writeHead(302, { location: "/api/v1/alerts?elsewhere" }).end();
  });
  const [folder, redirect, long] = await Promise.all([
    tachymeter("alerts", "list", newFolder("no-alerts")),
    tachymeter("alerts", "list", url),
    tachymeter("alerts", "list", `${url}/long`),
  ]);
  expect(await folder.exit).toMatchObject({ code: 2 });
  expect(folder.stderr).toContain("is not the folder of an application's alerts");
  expect(redirect.stderr).toContain("status 302");
  expect(long.stderr).toContain("the response has more than 67108864 bytes");
});
