import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { BridgeTelemetry, RemoteHistory } from "tachymeter/history";
import { PrometheusExporter } from "tachymeter/prometheus";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { redactText } from "../../src/diagnostics/redact.ts";
import { OptionsError, readConfiguration } from "../../src/options/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";
import { runs } from "../kit/test-length.ts";

beforeAll(packedProject);

// Two halves with the characters of URLs between them: neither may appear anywhere.
const half = fc
  .array(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".split("")), {
    minLength: 8,
    maxLength: 12,
  })
  .map((characters) => characters.join(""));
const password = fc.tuple(
  half,
  fc.constantFrom("", "@", "/", "?", "#", ":", "%", "&a=", "?key=", "://", "@h/"),
  half,
);
const token = fc.tuple(half, fc.constant(""), half);
type Secret = readonly [string, string, string];

function expectHidden(secret: Secret, ...shown: unknown[]): void {
  for (const each of shown) {
    const text = typeof each === "string" ? each : inspect(each, { depth: 12, showHidden: true });
    expect(text).not.toContain(secret[0]);
    expect(text).not.toContain(secret[2]);
  }
}

function resultOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

function expectRefused(secret: Secret, options: Readonly<Record<string, unknown>>): void {
  const { problems, warnings } = readConfiguration({ ...options, collectionInterval: -1 }, {});
  const error = new OptionsError("configuration of tachymeter", problems);
  expectHidden(secret, error, String(error), JSON.stringify(error), warnings);
}

const urlsWith = (secret: string): readonly string[] => [
  `http://user:${secret}@collector:4318/v1/metrics`,
  `ftp://user:${secret}@collector`,
  `//user:${secret}@collector`,
  `http:user:${secret}@collector`,
  `user:${secret}@collector:4318`,
];

// A name with two letters swapped, a letter added, missing or changed. The first letter of a short name is right.
function misspellings(name: string): fc.Arbitrary<string> {
  const first = name.length < 6 ? 1 : 0;
  const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz".split(""));
  return fc
    .tuple(
      fc.integer({ min: first, max: name.length - 2 }),
      letter,
      fc.constantFrom("swap", "more", "less", "other", "none"),
    )
    .map(([at, other, kind]) => {
      const [before, one, two] = [name.slice(0, at), name.slice(at, at + 1), name.slice(at + 1)];
      if (kind === "swap") return `${before}${two.slice(0, 1)}${one}${two.slice(1)}`;
      if (kind === "more") return `${before}${other}${one}${two}`;
      if (kind === "less" && name.length > 4) return `${before}${two}`;
      return kind === "other" ? `${before}${other}${two}` : name;
    });
}

const SECRET_OPTIONS = [
  "bearerToken",
  "basicAuth",
  "password",
  "passphrase",
  "authorization",
  "apiKey",
  "secret",
];

test("a password is in no error, for any form of its URL and any option", () => {
  fc.assert(
    fc.property(password, (secret) => {
      for (const url of urlsWith(secret.join(""))) {
        expectRefused(secret, {
          readers: [{ type: "otlp", url, headers: { a: 1 } }, { type: "json", url }, url],
        });
        expectRefused(secret, { history: { path: 1, url }, eventLog: { file: 1, url }, facades: { url } });
        expectHidden(secret, redactText(`could not reach ${url}, trying again`));
        const environment = {
          OTEL_EXPORTER_OTLP_ENDPOINT: url.replace("http:", "udp:"),
          OTEL_METRICS_EXPORTER: "x",
        };
        expectHidden(secret, readConfiguration({}, environment));
        const bridge = { storage_config: { connection_string: url.replace("http:", "redis:") } };
        expectHidden(
          secret,
          resultOf(() => new BridgeTelemetry(bridge)),
        );
        expectHidden(
          secret,
          resultOf(() => new RemoteHistory({ url, timeout: -1 })),
        );
      }
    }),
    { numRuns: runs(30) },
  );
});

test("a secret is in no error, for any misspelling of its option", () => {
  const misspelt = fc.constantFrom(...SECRET_OPTIONS).chain(misspellings);
  fc.assert(
    fc.property(
      token,
      misspelt,
      misspellings("headers"),
      misspellings("tls"),
      (secret, name, headers, tls) => {
        const value = secret.join("");
        for (const option of [
          { [name]: value },
          { [name]: { user: "me", password: value } },
          { [headers]: { authorization: `Bearer ${value}`, "x-api-key": value } },
          { [headers]: `authorization=Bearer ${value}` },
          { [tls]: { key: value, passphrase: value } },
        ]) {
          expectRefused(secret, option);
          for (const type of ["prometheus", "otlp", "json", "push"])
            expectRefused(secret, { readers: [{ type, port: -1, ...option }] });
          expectRefused(secret, { history: option, eventLog: option, resource: { option: [option] } });
        }
      },
    ),
    { numRuns: runs(100) },
  );
});

test("a secret in an option for secrets is in no error, for any other problems", () => {
  fc.assert(
    fc.property(token, (secret) => {
      const value = secret.join("");
      const [prometheus, otlp] = [
        {
          bearerToken: `${value} `,
          basicAuth: { username: "a:b", password: value },
          tls: { cert: value, key: value },
        },
        { headers: { authorization: `Bearer ${value}`, wrong: 5 }, url: `ftp://h/?token=${value}` },
      ];
      expectRefused(secret, {
        readers: [
          { type: "prometheus", ...prometheus },
          { type: "otlp", ...otlp },
        ],
      });
      expectHidden(
        secret,
        resultOf(() => new PrometheusExporter({ ...prometheus, port: -1 })),
      );
      const headers = { authorization: `Bearer ${value}\n` };
      expectHidden(
        secret,
        resultOf(() => new RemoteHistory({ url: "http://h", headers })),
      );
      const environment = {
        OTEL_EXPORTER_OTLP_HEADERS: value,
        TACHYMETER_PASSWORD: value,
        TACHYMETER_HEADRES: value,
      };
      expectHidden(secret, readConfiguration({}, environment));
    }),
    { numRuns: runs(30) },
  );
});

test("a secret in use is in no log, no object and no file", async () => {
  const secret = fc.sample(token, 1)[0]!;
  const value = secret.join("");
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cwd = await application({ "app.mjs": APPLICATION });
  const child = runNode({
    cwd,
    args: ["app.mjs"],
    env: { OTEL_LOG_LEVEL: "debug", SECRET: value, FOLDER: folder },
  });
  expect({ ...(await child.exit), stderr: child.stderr }).toMatchObject({ code: 0 });
  expect(child.stdout).toContain("PrometheusExporter");
  expect(child.stderr).toContain("http://127.0.0.1:9/");
  expectHidden(secret, child.stdout, child.stderr);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
  expect(files).toEqual(expect.arrayContaining(["errors.jsonl", "history.db", "metrics.json"]));
  for (const file of files) expectHidden(secret, file, readFileSync(join(folder, file), "latin1"));
});

const APPLICATION = `
  import { join } from "node:path";
  import { inspect } from "node:util";
  import { start } from "tachymeter";
  import { BridgeTelemetry, RemoteHistory } from "tachymeter/history";
  import { OtlpExporter } from "tachymeter/otlp";
  import { PrometheusExporter } from "tachymeter/prometheus";
  const { SECRET: value, FOLDER: folder } = process.env;
  const url = "http://me:" + value + "@127.0.0.1:9/?token=" + value;
  const headers = { authorization: "Bearer " + value, "x-api-key": value };
  const telemetry = start({
    host: false,
    readers: [
      { type: "prometheus", port: 0, bearerToken: value, basicAuth: { username: "me", password: value } },
      { type: "otlp", url, headers, outbox: { directory: join(folder, "outbox") } },
      { type: "otlp", url, headers, protocol: "http/json" },
      { type: "json", url: "http://127.0.0.1:9/?api_key=" + value },
      { type: "json", file: join(folder, "metrics.json") },
    ],
    eventLog: join(folder, "events.jsonl"),
    history: { path: join(folder, "history.db") },
    exitTimeout: 1,
  });
  const bridge = new BridgeTelemetry({
    logger_config: { log_path: join(folder, "errors.jsonl") },
    storage_config: { connection_string: url, headers },
  });
  const history = new RemoteHistory({ url, headers });
  const exporters = [
    new OtlpExporter({ url, headers }),
    new PrometheusExporter({ preventServerStart: true, bearerToken: value }),
  ];
  await telemetry.ready;
  telemetry.collector.registerCounter("jobs").increment();
  telemetry.events.record({ event_type: "job", source: "test" });
  const answers = [
    telemetry.forceFlush().catch((error) => error),
    bridge.getMetrics(["jobs"]),
    bridge.recordEvent({ event_type: "job", source: "test", data: { password: value, url } }),
    bridge.healthCheck(),
    history.query({ metric: "jobs" }).catch((error) => error),
  ];
  for (const shown of [telemetry, bridge, history, ...exporters, ...await Promise.all(answers)])
    console.log(inspect(shown, { depth: 12, showHidden: true }), JSON.stringify(shown, undefined, 1));
  await bridge.close();
  await telemetry.shutdown();
`;
