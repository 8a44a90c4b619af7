// Secrets in configuration files: warnings, and errors without them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { configurationFile } from "../../src/configuration/index.ts";
import { allSteps } from "../../src/io/yield.ts";
import { OptionsError } from "../../src/options/index.ts";
import { settingsFor } from "../../src/sdk/settings.ts";
import { newFolder } from "../kit/new-folder.ts";

const parse = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  allSteps(configurationFile("otel.yaml", text, environment));

const provider = (readers: string): string => `file_format: "1.1"\nmeter_provider:\n  readers: ${readers}\n`;

test("secrets in plain text get a warning without their value", () => {
  const { warnings } = parse(
    provider(
      `[{ periodic: { exporter: { otlp_http: { endpoint: "https://me:hidden1@backend/v1/metrics", headers: [{ name: api-key, value: hidden2 }, { name: authorization, value: "\${TOKEN}" }], headers_list: "x-token=hidden3" } } } }]`,
    ),
    { TOKEN: "hidden4" },
  );
  expect(warnings).toHaveLength(3);
  expect(warnings.join("\n")).toMatch(
    /endpoint looks like.*headers\[0\]\.value looks like.*headers_list looks like/s,
  );
  expect(warnings.join("\n")).not.toContain("hidden");
});

test("URLs and keys of alert receivers count as secrets", () => {
  const receivers = `[
    { type: slack, url: "https://hooks.example/hidden1" },
    { type: pagerduty, routingKey: hidden2, url: "https://events.example" },
    { type: webhook, url: "https://hooks.example/hidden3", name: mine },
    { type: webhook, url: "\${HOOK}" },
    { type: webhook, url: "http://127.0.0.1:8080/hook" },
    { type: alertmanager, url: "http://alertmanager:9093" },
  ]`;
  const { warnings } = parse(
    `file_format: "1.1"\ndistribution: { tachymeter: { alerts: { receivers: ${receivers} } } }\n`,
    { HOOK: "https://hooks.example/hidden4" },
  );
  expect(warnings.map((warning) => warning.replace(/^\S+ | looks like a secret.*/g, ""))).toEqual([
    "distribution.tachymeter.alerts.receivers[0].url",
    "distribution.tachymeter.alerts.receivers[1].routingKey",
    "distribution.tachymeter.alerts.receivers[2].url",
  ]);
  expect(warnings.join("\n")).not.toContain("hidden");
});

test.each([
  ["bearerToken: ${GONE}", "bearerToken"],
  ["bearerTokenFile: ${GONE}", "bearerTokenFile"],
  ["basicAuth: ${GONE}", "basicAuth"],
  ["tls: ${GONE}", "tls"],
  ["tls:\n  certFile: a\n  clientCaFile: ${GONE}", "tls.clientCaFile"],
])("an endpoint is not left open by a variable that is not set: %j", (field, name) => {
  const problemsOf = (type: string, fields: string) =>
    parse(
      `file_format: "1.1"
distribution:
  tachymeter:
    readers:
    - type: ${type}
      ${fields.replaceAll("\n", "\n      ")}
`,
    ).problems;
  const [problem, ...others] = problemsOf("prometheus", field);
  expect(problem?.name).toMatch(/^otel\.yaml:[68]:\d+ distribution\.tachymeter\.readers\[0\]\./);
  expect(problem?.name.endsWith(`.${name}`)).toBe(true);
  expect(problem?.must).toBe("be set by variable GONE, or be left out for an endpoint without it");
  expect(others).toEqual([]);
  // Other readers do not serve; a default or null is meant.
  expect(problemsOf("otlp", field)).toEqual([]);
  expect(problemsOf("prometheus", field.replace("GONE", "GONE:-"))).toEqual([]);
  expect(problemsOf("prometheus", field.replace("${GONE}", "null"))).toEqual([]);
});

test("an error of a header does not show its value", () => {
  const text = provider(
    `[{ periodic: { exporter: { otlp_http: { headers: [{ name: api-key, value: [hidden1] }] } } } }]`,
  );
  expect(parse(text).problems.map((problem) => new OptionsError("", [problem]).message)).toEqual([
    expect.stringMatching(/otel\.yaml:3:\d+ .*headers\[0\]\.value must be a string, got "\(hidden\)"/),
  ]);
});

test("errors show the reference to a variable, never its value, in any place", () => {
  const environment = { TOKEN: "hidden-token", PIN: "98765", FOLDER: "/hidden/folder" };
  const places = [
    "log_level: ${TOKEN}",
    "disabled: ${TOKEN}",
    "disabled: ${PIN}",
    'resource: { attributes: [{ name: a, value: 1, type: "${TOKEN}" }] }',
    'distribution: { tachymeter: { collectionInterval: "${TOKEN}" } }',
    'distribution: { tachymeter: { readers: [{ type: "${TOKEN}" }] } }',
    "distribution:\n  tachymeter:\n    readers:\n    - type: prometheus\n      port: ${PIN}",
    'distribution: { tachymeter: { readers: [{ type: otlp, url: "${TOKEN}" }] } }',
    'distribution: { tachymeter: { readers: [{ type: json, file: "${FOLDER}/a.json" }] } }',
    'distribution: { tachymeter: { eventLog: "${FOLDER}/a.log" } }',
    'distribution: { tachymeter: { alerts: { receivers: [{ type: "${TOKEN}" }] } } }',
    'distribution: { tachymeter: { alerts: { interval: "${TOKEN}" } } }',
    'distribution: { tachymeter: { hooks: "${TOKEN}" } }',
    "distribution: ${TOKEN}",
    'meter_provider: { readers: [{ periodic: { exporter: { console: "${TOKEN}" } } }] }',
    'meter_provider: { readers: [{ periodic: { interval: "${TOKEN}", exporter: { console: } } }] }',
    'meter_provider: { views: [{ selector: { instrument_type: "${TOKEN}" }, stream: {} }] }',
  ];
  const wrong: unknown[] = [];
  for (const place of places) {
    const file = join(newFolder("secrets"), "otel.yaml");
    writeFileSync(file, `file_format: "1.1"\n${place}\n`);
    for (const [name, value] of Object.entries({ ...environment, OTEL_CONFIG_FILE: file }))
      vi.stubEnv(name, value);
    const { problems } = settingsFor({});
    vi.unstubAllEnvs();
    const text = new OptionsError("", problems).message;
    if (!/\$\{(?:TOKEN|PIN|FOLDER)\}/.test(text) || /hidden|98765/.test(text)) wrong.push([place, text]);
  }
  expect(wrong).toEqual([]);
});
