// The installed package with a configuration file: a process under `register`, and the commands.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { DISTRIBUTION_OPTIONS } from "../../src/configuration/distribution.ts";
import { tachymeter } from "../cli/running.ts";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

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
    writeFileSync(file, `${TEXT}typo: 1\n`);
    child.kill("SIGHUP");
    await child.waitForOutput(/the configuration was not changed: .*otel\.yaml:17:1 typo must be/);
    writeFileSync(file, `${TEXT}resource: { attributes: [{ name: a, value: b }] }\n`);
    child.kill("SIGHUP");
    await child.waitForOutput(/resource changed and will be applied when the process is restarted/);
  }
  child.kill("SIGTERM");
  await child.exit;
  expect(child.stderr).not.toContain("hidden-secret");
});

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
  writeFileSync(file, TEXT);
  const { stdout, exit } = await tachymeter("config", "print", file);
  expect((await exit).code).toBe(0);
  expect(stdout).toMatch(/^logLevel +info +\S+otel\.yaml:2$/m);
  expect(stdout).toMatch(
    /^readers\[1\]\.url +http:\/\/localhost:4318\/v1\/metrics +\S+otel\.yaml:12, from URL$/m,
  );
  expect(stdout).toMatch(/^readers\[1\]\.intervalMillis +60000 +default$/m);
  expect(stdout).toMatch(/^history +off +default$/m);
  expect(stdout).toMatch(
    /^alerts\.receivers +\[\{"type":"slack","name":"ours","url":"\(hidden\)"\}\] +\S+otel\.yaml:\d+/m,
  );
  expect(stdout).not.toMatch(/hidden-(?:secret|key)/);
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
