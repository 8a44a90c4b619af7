import { renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { ask } from "./asking.ts";
import { serving } from "./serving.ts";
import { newFolder } from "../../../kit/new-folder.ts";

const TOKEN = "a token, mäßig geheim";
const BASIC = { basicAuth: { username: "prometheus", password: "pass:word ü" } };

test("a wrong token gets 401 and nothing else, and no collection is made", async () => {
  const { url, provider } = await serving({ bearerToken: "right" });
  const collected = vi.fn<() => void>();
  provider.getMeter("s").createObservableGauge("g").addCallback(collected);
  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer wrong",
    "Bearer righ",
    "Bearer right right",
    "Bearer rightt",
    "Basic right",
    "right",
    `Bearer ${"x".repeat(5_000)}`,
  ]) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const target of [url, url.replace("/metrics", "/"), `${url}/nowhere`]) {
      const { status, headers: answered, body } = await ask(target, { headers });
      expect([status, body.length, answered["www-authenticate"]]).toEqual([401, 0, 'Bearer realm="metrics"']);
      expect(Object.keys(answered).toSorted()).toEqual([
        "connection",
        "content-length",
        "date",
        ...(answered["keep-alive"] === undefined ? [] : ["keep-alive"]),
        "www-authenticate",
      ]);
    }
  }
  expect(collected).not.toHaveBeenCalled();
  expect((await ask(url, bearing("right"))).status).toBe(200);
  expect((await ask(url, { headers: { authorization: "bearer  right " } })).status).toBe(200);
  expect(collected).toHaveBeenCalledTimes(2);
});

test("a name and a password are accepted, and named in the challenge", async () => {
  const { url } = await serving(BASIC);
  const refused = await ask(url, basic("prometheus:pass:word u"));
  expect([refused.status, refused.headers["www-authenticate"]]).toEqual([
    401,
    'Basic realm="metrics", charset="UTF-8"',
  ]);
  expect((await ask(url, basic("Prometheus:pass:word ü"))).status).toBe(401);
  expect((await ask(url, basic("prometheus:pass"))).status).toBe(401);
  expect((await ask(url, basic("prometheus:pass:word ü"))).status).toBe(200);
});

test("if a token and a password are set, either is sufficient", async () => {
  const { url } = await serving({ ...BASIC, bearerToken: "right" });
  expect((await ask(url)).headers["www-authenticate"]).toBe(
    'Bearer realm="metrics", Basic realm="metrics", charset="UTF-8"',
  );
  expect((await ask(url, bearing("right"))).status).toBe(200);
  expect((await ask(url, basic("prometheus:pass:word ü"))).status).toBe(200);
});

test("authentication applies in the user's own servers too", async () => {
  const exporter = new PrometheusExporter({ bearerToken: "right", preventServerStart: true });
  const response = await exporter.fetchHandler()(new Request("http://app/metrics"));
  expect([response.status, await response.text()]).toEqual([401, ""]);
});

test("the file of a token is read again when it changes, and its previous content stays in use if it is deleted", async () => {
  const warnings = collectWarnings();
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
    diag.disable();
  });
  const file = fileWith("first\n");
  const { url } = await serving({ bearerTokenFile: file });
  expect((await ask(url, bearing("first"))).status).toBe(200);

  writeFileSync(`${file}.new`, "second-token\n");
  renameSync(`${file}.new`, file);
  vi.setSystemTime(Date.now() + 1_000);
  expect((await ask(url, bearing("first"))).status).toBe(401);
  expect((await ask(url, bearing("second-token"))).status).toBe(200);

  unlinkSync(file);
  vi.setSystemTime(Date.now() + 1_000);
  expect((await ask(url, bearing("second-token"))).status).toBe(200);
  expect(warnings).toEqual([
    expect.stringMatching(/cannot be read again \(ENOENT.*its previous content stays in use/),
  ]);
  expect(warnings.join()).not.toContain("second-token");
});

test("an emptied password file does not allow an empty password: its previous content stays in use", async () => {
  const warnings = collectWarnings();
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
    diag.disable();
  });
  const file = fileWith("secret\n");
  const { url } = await serving({ basicAuth: { username: "u", passwordFile: file } });
  writeFileSync(file, "\n");
  vi.setSystemTime(Date.now() + 1_000);
  expect((await ask(url, basic("u:"))).status).toBe(401);
  expect((await ask(url, basic("u:secret"))).status).toBe(200);
  expect(warnings).toEqual([expect.stringMatching(/the file is empty.*its previous content stays in use/)]);
});

test("a password variable without a user name is a problem of the variable", () => {
  vi.stubEnv("TACHYMETER_PROMETHEUS_PASSWORD", "hunter2");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => new PrometheusExporter({ preventServerStart: true })).toThrow(
    "TACHYMETER_PROMETHEUS_USERNAME must be set together with TACHYMETER_PROMETHEUS_PASSWORD, got undefined",
  );
});

test("a user name variable without a password is a problem of the variable", () => {
  vi.stubEnv("TACHYMETER_PROMETHEUS_USERNAME", "prometheus");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => new PrometheusExporter({ preventServerStart: true })).toThrow(
    "TACHYMETER_PROMETHEUS_PASSWORD must be set together with TACHYMETER_PROMETHEUS_USERNAME, got undefined",
  );
});

test("options that are not an object are refused", () => {
  expect(() => Reflect.construct(PrometheusExporter, ["9464"])).toThrow(
    'options must be an object such as { port: 9464 }, got "9464"',
  );
});

test("a misspelt option does not leave the endpoint open", () => {
  const make = (): unknown =>
    Reflect.construct(PrometheusExporter, [{ baiscAuth: { username: "u", password: "hunter2" } }]);
  expect(make).toThrow("baiscAuth must be an existing option, such as basicAuth");
  expect(make).not.toThrow("hunter2");
});

test("secrets come from environment variables, or from files they name; options take precedence", async () => {
  vi.stubEnv("TACHYMETER_PROMETHEUS_BEARER_TOKEN", "from-environment");
  vi.stubEnv("TACHYMETER_PROMETHEUS_USERNAME", "prometheus");
  vi.stubEnv("TACHYMETER_PROMETHEUS_PASSWORD_FILE", fileWith("from a file\r\n"));
  onTestFinished(() => void vi.unstubAllEnvs());
  const { url } = await serving();
  expect((await ask(url)).status).toBe(401);
  expect((await ask(url, bearing("from-environment"))).status).toBe(200);
  expect((await ask(url, basic("prometheus:from a file"))).status).toBe(200);

  const other = await serving({ bearerToken: "from-options", basicAuth: { username: "u", password: "p" } });
  expect((await ask(other.url, bearing("from-environment"))).status).toBe(401);
  expect((await ask(other.url, bearing("from-options"))).status).toBe(200);
  expect((await ask(other.url, basic("u:p"))).status).toBe(200);
});

test.each([
  ["an empty token", { bearerToken: "" }, ["bearerToken"]],
  ["a token of another type", { bearerToken: 5 }, ["bearerToken"]],
  ["a token that is invalid in a header", { bearerToken: TOKEN }, ["bearerToken"]],
  ["a file with such a token", { bearerTokenFile: import.meta.filename }, ["bearerTokenFile"]],
  ["two tokens", { bearerToken: TOKEN, bearerTokenFile: "x" }, ["bearerTokenFile"]],
  ["a missing file", { bearerTokenFile: "/nowhere/token" }, ["bearerTokenFile"]],
  ["an empty file", { bearerTokenFile: "/dev/null" }, ["bearerTokenFile"]],
  ["no password", { basicAuth: { username: "u" } }, ["basicAuth.password"]],
  ["no name", { basicAuth: { password: TOKEN } }, ["basicAuth.username"]],
  ["a name with a colon", { basicAuth: { username: "a:b", password: TOKEN } }, ["basicAuth.username"]],
  [
    "a misspelt option",
    { basicAuth: { username: "u", pasword: TOKEN } },
    ["basicAuth.pasword", "basicAuth.password"],
  ],
  ["a text for both", { basicAuth: `u:${TOKEN}` }, ["basicAuth"]],
  [
    "limits out of range",
    { maxConcurrentScrapes: 0, scrapeTimeout: -1 },
    ["scrapeTimeout", "maxConcurrentScrapes"],
  ],
  ["an invalid producer", { metricProducers: [{}] }, ["metricProducers"]],
  ["an invalid strategy", { translationStrategy: "None" }, ["translationStrategy"]],
  ["a certificate without its key", { tls: { cert: TOKEN } }, ["tls.key"]],
  ["an invalid certificate", { tls: { cert: TOKEN, key: TOKEN } }, ["tls"]],
  ["an authority under another name", { tls: { ca: TOKEN } }, ["tls.ca"]],
])("%s is refused on creation, without showing secrets", (_, options, names) => {
  const make = () => new PrometheusExporter(loose({ ...options, preventServerStart: true }));
  expect(make).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      problems: names.map((name) => expect.objectContaining({ name })),
      message: expect.not.stringContaining(TOKEN),
    }),
  );
});

function bearing(token: string) {
  return { headers: { authorization: `Bearer ${token}` } };
}

function basic(credentials: string) {
  return { headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

function fileWith(content: string): string {
  const file = join(newFolder("secret"), "token");
  writeFileSync(file, content);
  return file;
}

// Options as programs without types may pass them.
function loose(options: object): PrometheusExporterOptions {
  return options;
}
