// Secrets in configuration files: warnings, and errors without them.
import { expect, test } from "vitest";
import { configurationFile } from "../../src/configuration/index.ts";
import { allSteps } from "../../src/io/yield.ts";
import { OptionsError } from "../../src/options/index.ts";

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
