// The installed package with a configuration file: a process under `register`, and the commands.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { DISTRIBUTION_OPTIONS } from "../../src/configuration/distribution.ts";
import { tachymeter } from "../cli/running.ts";
import { certificate } from "../kit/certificate.ts";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

const TEXT = `file_format: "1.1"
log_level: info
meter_provider:
  readers:
    - pull: { exporter: { prometheus/development: { host: 127.0.0.1, port: 0 } } }
    - periodic:
        exporter:
          otlp_http:
            headers:
              - name: api-key
                value: hidden-secret
            endpoint: \${URL:-http://localhost:4318/v1/metrics}
distribution:
  tachymeter:
    reload: true
    alerts: { receivers: [{ type: slack, name: ours, url: "https://hooks.example/\${URL_KEY:-hidden-key}" }] }
`;

const VARIABLES: Readonly<Record<string, string>> = {
  OTEL_SERVICE_NAME: "shop",
  OTEL_RESOURCE_ATTRIBUTES: "team=web",
  OTEL_METRICS_EXPORTER: "prometheus,otlp,json,console",
  OTEL_METRIC_EXPORT_INTERVAL: "20000",
  OTEL_METRICS_EXEMPLAR_FILTER: "always_on",
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: "http,undici,pg",
  TACHYMETER_OTEL_INSTRUMENTATIONS: "http",
  TACHYMETER_HTTP_IGNORE: "/health",
  TACHYMETER_HTTP_REQUEST_HEADERS: "x-tenant",
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: "pg",
  OTEL_EXPORTER_PROMETHEUS_HOST: "0.0.0.0",
  OTEL_EXPORTER_PROMETHEUS_PORT: "9465",
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://localhost:4318/v1/metrics?token=hidden-parameter",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318",
  OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "gzip",
  OTEL_EXPORTER_OTLP_COMPRESSION: "none",
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: "api-key=hidden-key",
  OTEL_EXPORTER_OTLP_HEADERS: "api-key=hidden-key",
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "7000",
  OTEL_EXPORTER_OTLP_TIMEOUT: "8000",
  TACHYMETER_ALERTMANAGER: "http://shop:hidden-password@alertmanager:9093",
  TACHYMETER_ALERTS: "true",
  TACHYMETER_ANOMALIES: "true",
  TACHYMETER_API: "true",
  TACHYMETER_CARDINALITY_LIMIT: "500",
  TACHYMETER_EXIT_TIMEOUT: "3",
  TACHYMETER_GPU: "false",
  TACHYMETER_GROUP: "shops",
  TACHYMETER_GROUP_DIRECTORY: "group",
  TACHYMETER_GROUP_GAUGES: "sum",
  TACHYMETER_GROUP_INTERVAL: "2",
  TACHYMETER_GROUP_REPORTER: "thread",
  TACHYMETER_GROUP_WORKER_ATTRIBUTE: "worker",
  TACHYMETER_HEALTH_ENDPOINTS: "authenticated",
  TACHYMETER_HISTORY: "shop.db",
  TACHYMETER_HOST: "false",
  TACHYMETER_KERNELS: "true",
  TACHYMETER_LOADER: "false",
  TACHYMETER_MCP: "false",
  TACHYMETER_OUTBOX_DIRECTORY: "outbox",
  TACHYMETER_PAGE: "false",
  TACHYMETER_PROFILES: "false",
  TACHYMETER_PROMETHEUS_BEARER_TOKEN: "hidden-token",
  TACHYMETER_PROMETHEUS_PASSWORD: "hidden-password",
  TACHYMETER_PROMETHEUS_SCOPE_LABELS: "false",
  TACHYMETER_PROMETHEUS_USERNAME: "scraper",
  TACHYMETER_RUNTIME: "false",
  TACHYMETER_SERIES_TTL: "60",
  TACHYMETER_SIGNALS: "false",
};

test("a process reads its file again when it changes, and on SIGHUP", async () => {
  const file = join(newFolder("configuration"), "otel.yaml");
  writeFileSync(file, TEXT);
  const child = runNode({
    cwd: await application({ "app.mjs": "setInterval(() => {}, 1_000);" }),
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_CONFIG_FILE: file },
  });
  await child.waitForOutput(/Prometheus endpoint at/);
  writeFileSync(file, TEXT.replace("log_level: info", "log_level: debug"));
  await child.waitForOutput(/the configuration changed; applied log_level/);
  if (process.platform !== "win32") {
    writeFileSync(file, `${TEXT}log_levl: info\n`);
    child.kill("SIGHUP");
    await child.waitForOutput(/the configuration was not changed: .*otel\.yaml:17:1 log_levl must be/);
    writeFileSync(file, `${TEXT}resource: { attributes: [{ name: a, value: b }] }\n`);
    child.kill("SIGHUP");
    await child.waitForOutput(/resource changed and will be applied when the process is restarted/);
  }
  child.kill("SIGTERM");
  await child.exit;
  expect(child.stderr).not.toContain("hidden-secret");
});

test.each([
  ["register", ["--import", "tachymeter/register"], "running()"],
  ["start()", [], "start({ host: false, runtime: false })"],
])(
  "methods, ignored paths and headers of the file of a process with %s are those of HTTP metrics",
  async (_, flags, telemetry) => {
    const file = join(newFolder("configuration"), "otel.yaml");
    writeFileSync(
      file,
      `file_format: "1.1"
instrumentation/development:
  general: { http: { server: { known_methods: [GET, PROPFIND] } } }
  js: { http: { ignore: [/health, "PUT /jobs/*"], requestHeaders: [x-plan] } }
distribution: { tachymeter: { readers: [] } }
`,
    );
    const cwd = await application({
      "app.mjs": `
      import { once } from "node:events";
      import { createServer, request } from "node:http";
      import { running, start } from "tachymeter";
      const telemetry = ${telemetry};
      await telemetry.ready;
      const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
      await once(server, "listening");
      const paths = { HEAD: "/health", PUT: "/jobs/1", PROPFIND: "/jobs/1" };
      for (const method of ["GET", "PROPFIND", "PUT", "HEAD", "PURGE"]) {
        const to = { host: "127.0.0.1", port: server.address().port, path: paths[method], method };
        const sent = request({ ...to, agent: false, headers: { "x-plan": method.toLowerCase() } }).end();
        const [response] = await once(sent, "response");
        await once(response.resume(), "close");
      }
      const { metrics } = await telemetry.snapshot();
      console.log(Object.keys(metrics).filter((name) => /^http_(?:client|server)_requests/.test(name)).join("\\n"));
      server.close();
      await telemetry.shutdown();`,
    });
    const child = runNode({ cwd, args: [...flags, "app.mjs"], env: { OTEL_CONFIG_FILE: file } });
    const series = /^http_(\w+)_requests.*http_request_header_x_plan="(\w+)",http_request_method="(\w+)"/gm;
    const found = [...(await outputOf(child)).matchAll(series)];
    expect(found.map(([, ...labels]) => labels.join(" ")).toSorted()).toEqual([
      ...["get GET", "head _OTHER", "propfind PROPFIND", "purge _OTHER", "put _OTHER"].map(
        (labels) => `client ${labels}`,
      ),
      ...["get GET", "propfind PROPFIND", "purge _OTHER"].map((labels) => `server ${labels}`),
    ]);
  },
);

test("a process with an invalid file goes on without metrics, and says why", async () => {
  const child = runNode({
    cwd: await application({ "app.mjs": "console.log('runs')" }),
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_CONFIG_FILE: newFolder("configuration") },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("runs\n");
  expect(child.stderr).toContain("OTEL_CONFIG_FILE must be a readable YAML file");
});

test("config check prints problems with their places", async () => {
  const file = join(newFolder("configuration"), "otel.yaml");
  writeFileSync(file, TEXT);
  const valid = await tachymeter("config", "check", file);
  expect([(await valid.exit).code, valid.stdout]).toEqual([
    0,
    expect.stringMatching(
      /otel\.yaml: valid\nwarning: .*otel\.yaml:11:17 .* looks like a secret in plain text/,
    ),
  ]);
  writeFileSync(file, TEXT.replace("readers:", "reders:"));
  const invalid = await tachymeter("config", "check", file);
  expect([(await invalid.exit).code, invalid.stdout]).toEqual([
    1,
    expect.stringMatching(
      /otel\.yaml:4:3 meter_provider\.reders must be an existing option, such as readers/,
    ),
  ]);
});

test("config print shows values without secrets, and their origins", async () => {
  const file = join(newFolder("configuration"), "otel.yaml");
  writeFileSync(
    file,
    `${TEXT}    exitTimeout: 2
    collectionInterval: 20
    page: true
    readers: [{ type: prometheus, port: 0, bearerToken: hidden-token }]
`,
  );
  const { stdout, exit } = await tachymeter("config", "print", file);
  expect((await exit).code).toBe(0);
  expect(stdout).toMatch(/^exitTimeout +2 +\S+otel\.yaml:17$/m);
  expect(stdout).toMatch(/^page +on +\S+otel\.yaml:19$/m);
  expect(stdout).toMatch(/^api +true +\S+otel\.yaml:19$/m);
  expect(stdout).toMatch(/^logLevel +info +\S+otel\.yaml:2$/m);
  expect(stdout).toMatch(
    /^readers\[1\]\.url +http:\/\/localhost:4318\/v1\/metrics +\S+otel\.yaml:12, from URL$/m,
  );
  expect(stdout).toMatch(/^readers\[1\]\.headers\.api-key +\(hidden\) +\S+otel\.yaml:\d+$/m);
  expect(stdout).toMatch(/^readers\[1\]\.interval +20 +\S+otel\.yaml:18$/m);
  expect(stdout).toMatch(/^readers\[2\]\.bearerToken +\(hidden\) +\S+otel\.yaml:20$/m);
  expect(stdout).toMatch(/^history +off +default$/m);
  expect(stdout).toMatch(
    /^alerts\.receivers +\[\{"type":"slack","name":"ours","url":"\(hidden\)"\}\] +\S+otel\.yaml:\d+/m,
  );
  expect(stdout).not.toMatch(/hidden-(?:secret|key|token)/);
});

test("config print has no long lines, and no part of a value is missing in them", async () => {
  const hosts = Array.from({ length: 40 }, (_, i) => `host${i}.shop.example`);
  const expression = `sum(rate({__name__="${"a".repeat(300)}"}[5m])) > 0`;
  const file = join(newFolder("configuration"), "otel.yaml");
  const rules = `[{ name: g, rules: [{ alert: a, expr: '${expression}' }] }]`;
  const text = TEXT.replace("alerts: {", `alerts: { rules: ${rules},`);
  const reader = `{ type: prometheus, port: 0, allowedHosts: [${hosts.join(", ")}] }`;
  writeFileSync(file, `${text}    readers: [${reader}]\n`);
  const { stdout, stderr, exit } = await tachymeter("config", "print", file);
  expect([(await exit).code, stderr]).toEqual([0, ""]);
  // The path of the file is the user's.
  const lines = stdout.replaceAll(/ +\S+otel\.yaml:.*$/gm, "").split("\n");
  expect(lines.filter(({ length }) => length > 100)).toEqual([]);
  const values = lines.map((line) => line.replace(/^\S+ +|^ +/, "").replace(/ {2,}\S.*$/, "")).join("");
  expect(values).toContain(JSON.stringify(hosts));
  expect(values.replaceAll(/\s/g, "")).toContain(JSON.stringify(expression).replaceAll(/\s/g, ""));
});

test("config print shows the variable of each option that has one", async () => {
  const folder = newFolder("configuration");
  const secretFile = join(folder, "secret");
  writeFileSync(secretFile, "hidden-in-file\n");
  const { certFile, keyFile } = await certificate();
  const variables: Readonly<Record<string, string>> = {
    ...VARIABLES,
    TACHYMETER_JSON_FILE: join(folder, "metrics.json"),
    TACHYMETER_EVENT_LOG: join(folder, "events.ndjson"),
    TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE: secretFile,
    TACHYMETER_PROMETHEUS_PASSWORD_FILE: secretFile,
    TACHYMETER_PROMETHEUS_TLS_CERT_FILE: certFile,
    TACHYMETER_PROMETHEUS_TLS_KEY_FILE: keyFile,
    TACHYMETER_PROMETHEUS_TLS_CLIENT_CA_FILE: certFile,
  };
  // The first of two variables of an option overrides or forbids the second.
  const isFirst = (name: string): boolean => /_OTLP_METRICS_|_TOKEN$|_PASSWORD$/.test(name);
  const isSecond = (name: string): boolean =>
    /_(?:TOKEN|PASSWORD)_FILE$/.test(name) || /_OTLP_(?!METRICS)/.test(name);
  const lines = [
    ...(await printed(without(variables, isSecond))),
    ...(await printed(without(variables, isFirst))),
  ];
  expect(documented().length).toBeGreaterThan(50);
  const missing = documented().filter(
    ([option, variable]) =>
      !lines.some(
        ([setting, , origin]) =>
          (setting === option || setting.startsWith(`${option}.`) || setting.startsWith(`${option}[`)) &&
          origin.split(", ").includes(variable),
      ),
  );
  expect(missing).toEqual([]);
  expect(lines.flat().filter((cell) => cell.includes("hidden-"))).toEqual([]);
});

test("config print shows variables in the units of options", async () => {
  const lines = await printed({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://shop:hidden-password@localhost:4318",
    OTEL_EXPORTER_OTLP_TIMEOUT: "7000",
    OTEL_EXPORTER_PROMETHEUS_PORT: "9464",
    OTEL_METRIC_EXPORT_INTERVAL: "never",
    OTEL_RESOURCE_ATTRIBUTES: "team=web%20shop,api.key=hidden",
    TACHYMETER_EXIT_TIMEOUT: "3",
    TACHYMETER_HISTORY: "true",
    TACHYMETER_PAGE: "true",
  });
  const rows = new Map(lines.map(([setting, ...others]) => [setting, others]));
  expect(rows.get("exitTimeout")).toEqual(["3", "TACHYMETER_EXIT_TIMEOUT"]);
  expect(rows.get("collectionInterval")).toEqual(["60", "default"]);
  expect(rows.get("resource.team")).toEqual(["web shop", "OTEL_RESOURCE_ATTRIBUTES"]);
  expect(rows.get("resource.api.key")).toEqual(["(hidden)", "OTEL_RESOURCE_ATTRIBUTES"]);
  expect(rows.get("readers[0]")).toEqual(["otlp", "OTEL_EXPORTER_OTLP_ENDPOINT"]);
  expect(rows.get("readers[0].url")).toEqual([
    "http://…@localhost:4318/v1/metrics",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
  ]);
  expect(rows.get("readers[0].timeout")).toEqual(["7", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
  expect(rows.get("readers[0].interval")).toEqual(["60", "default"]);
  expect(rows.get("readers[1]")).toEqual(["prometheus", "TACHYMETER_PAGE"]);
  expect(rows.get("readers[1].port")).toEqual(["9464", "OTEL_EXPORTER_PROMETHEUS_PORT"]);
  expect(rows.get("api")).toEqual(["true", "TACHYMETER_PAGE"]);
  expect(rows.get("history")).toEqual(["on", "TACHYMETER_HISTORY"]);
  expect(rows.get("history.path")).toEqual(["tachymeter.db", "default"]);
  expect(rows.get("alerts")).toEqual(["off", "default"]);
});

test("config schema is a schema for files", async () => {
  const { stdout } = await tachymeter("config", "schema");
  const schema: { properties: { distribution: { properties: { tachymeter: { properties: object } } } } } =
    JSON.parse(stdout);
  const own = schema.properties.distribution.properties.tachymeter.properties;
  expect(Object.keys(own).toSorted()).toEqual([...DISTRIBUTION_OPTIONS, "reload"].toSorted());
  const validate = new Ajv2020().compile(schema);
  const { parse } = await import("yaml");
  expect([validate(parse(TEXT)), validate.errors]).toEqual([true, null]);
  expect(validate(parse(TEXT.replace("reload", "relod")))).toBe(false);
});

// Places of the sections of the page.
const PLACES: Readonly<Record<string, string>> = {
  "Options of `start()`": "",
  "Reader prometheus": "readers[0].",
  "Reader otlp": "readers[1].",
  Outbox: "readers[1].outbox.",
  "Reader json": "readers[2].",
  History: "history.",
  Alerts: "alerts.",
  Group: "group.",
  eventLog: "eventLog.",
};

// Each option of docs/configuration.md with each of its variables.
function documented(): readonly (readonly [option: string, variable: string])[] {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/configuration.md"), "utf8");
  return page.split(/^##+ /m).flatMap((section) => {
    const place = PLACES[section.split("\n", 1)[0]!];
    return place === undefined
      ? []
      : [...section.matchAll(/^\| `([^`]*)` \|([^|]*)\|/gm)].flatMap(([, name = "", variables = ""]) =>
          [...variables.matchAll(/`(.*?)`/g)].map(
            ([, variable = ""]) => [`${place}${name}`, variable] as const,
          ),
        );
  });
}

async function printed(
  env: Readonly<Record<string, string>>,
): Promise<readonly (readonly [setting: string, value: string, origin: string])[]> {
  const { folder, installed } = await packedProject();
  const child = runNode({
    cwd: folder,
    args: [join(installed, "dist", "tachymeter.js"), "config", "print"],
    env,
  });
  expect([(await child.exit).code, child.stderr]).toEqual([0, ""]);
  return child.stdout.split("\n").map((line) => {
    const [setting = "", value = "", origin = ""] = line.split(/ {2,}/);
    return [setting, value, origin];
  });
}

function without(
  variables: Readonly<Record<string, string>>,
  isLeftOut: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !isLeftOut(name)));
}
