import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { otlpReceiver, metricsOf } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode, type RunningProcess, scrape } from "../kit/process.ts";
import { samples } from "../instrumentations/applications.ts";
import { startLambda } from "../servers/lambda-runtime.ts";

const repository = resolve(import.meta.dirname, "../..");
const examples = join(repository, "examples/frameworks");
const tools = join(repository, "node_modules");

beforeAll(packedProject);

// A copy of an example, in a folder like a user's project.
function copyOf(folder: string): Promise<string> {
  const home = join(examples, folder);
  const names = readdirSync(home).filter((name) => statSync(join(home, name)).isFile());
  return application(
    Object.fromEntries(names.map((name) => [name, readFileSync(join(home, name), "utf8")])),
    {
      libraries: true,
    },
  );
}

/** Whether the application's own metrics and its routes are right. */
async function expectMeasured(child: RunningProcess, metricsPath?: string): Promise<void> {
  const [, endpoint = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  const [origin] = await child.waitForOutput(/(?<!endpoint at )http:\/\/127\.0\.0\.1:\d+$/m);
  for (const id of [7, 8]) expect(await scrape(`${origin}/shop/orders/${id}`)).toBe(`order ${id}\n`);
  await scrape(`${origin}/livez`);
  await expect.poll(async () => (await fetch(`${origin}/readyz`)).status).toBe(200);
  for (const url of [endpoint, ...(metricsPath === undefined ? [] : [origin + metricsPath])]) {
    const routes = async (): Promise<unknown> =>
      samples(await scrape(url), "http_server_request_duration_seconds_count").filter((line) =>
        line.includes("orders"),
      );
    await expect.poll(routes).toEqual([expect.stringMatching(/http_route="\/shop\/orders\/:id".* 2$/)]);
    expect(samples(await scrape(url), "orders_total")).toEqual(['orders_total{channel="web"} 2']);
  }
}

test("the code in docs/frameworks.md and docs/bundles.md is that of the examples", () => {
  const files = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(?:mjs|ts)$/.test(name),
  );
  const programs = files.map((name) => readFileSync(join(examples, name), "utf8"));
  const pages = ["frameworks", "bundles"].map((name) =>
    readFileSync(join(repository, `docs/${name}.md`), "utf8"),
  );
  const blocks = [...pages.join("").matchAll(/^```(?:javascript|typescript)\n([^]*?)^```$/gm)].map(
    ([, code = ""]) => code,
  );
  expect(blocks.length).toBeGreaterThan(8);
  expect(blocks.filter((code) => !programs.some((program) => program.includes(code)))).toEqual([]);
});

const port = { PORT: "0", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
const flag = ["--import", "tachymeter/register"];

test.each(["express.mjs", "koa.mjs", "hono.mjs"])("%s is measured with its routes", async (program) => {
  const cwd = await copyOf(".");
  const child = runNode({ cwd, args: [...flag, program], env: port });
  await expectMeasured(child);
  child.kill();
  await child.exit;
});

test("express.mjs is measured with its routes as one file, too", async () => {
  const cwd = await copyOf(".");
  await outputOf(runNode({ cwd, args: ["bundle.mjs"] }));
  const child = runNode({ cwd, args: [...flag, "express.cjs"], env: port });
  await expectMeasured(child);
  child.kill();
  await child.exit;
});

test("the plugin of Fastify serves the metrics on the application's server", async () => {
  const cwd = await copyOf(".");
  const child = runNode({ cwd, args: [...flag, "fastify.mjs"], env: port });
  await expectMeasured(child, "/metrics");
  child.kill();
  await child.exit;
});

// Compiled once, for both platforms.
let nestjs: Promise<string> | undefined;
async function compiledNestjs(): Promise<string> {
  const cwd = await copyOf("nestjs");
  await outputOf(runNode({ cwd, args: [join(tools, "typescript/bin/tsc"), "-p", "."] }));
  return cwd;
}

test.each(["express", "fastify"])("the module of NestJS serves the metrics on %s", async (platform) => {
  const cwd = await (nestjs ??= compiledNestjs());
  const program =
    platform === "express"
      ? "main.js"
      : written(cwd, "fastify.mjs", readFileSync(join(cwd, "main.js"), "utf8"), [
          ["(Application,", "(Application, new FastifyAdapter(),"],
          [
            "import { NestFactory",
            'import { FastifyAdapter } from "@nestjs/platform-fastify"; import { NestFactory',
          ],
        ]);
  const child = runNode({ cwd, args: [...flag, program], env: port });
  await expectMeasured(child, "/metrics");
  const [origin] = await child.waitForOutput(/(?<!endpoint at )http:\/\/127\.0\.0\.1:\d+$/m);
  const { details } = JSON.parse(await scrape(`${origin}/health`));
  expect(details.shop).toEqual({ status: "up", health: "unknown", components: {} });
  const calls = samples(await scrape(`${origin}/metrics`), "application_call_duration_seconds_count");
  expect(calls).toEqual(['application_call_duration_seconds_count{code_function_name="Orders.place"} 2']);
  child.kill();
  await child.exit;
  expect(child.stderr).not.toMatch(/warn/i);
});

test.each([
  ["tsx", ["tsx/dist/cli.mjs", "--import", "tachymeter/register", "app.ts"], {}],
  ["vite-node", ["vite-node/dist/cli.mjs", "app.ts"], { NODE_OPTIONS: "--import tachymeter/register" }],
])("a program in TypeScript is measured under %s", async (_, [tool = "", ...words], env) => {
  const cwd = await copyOf("typescript");
  const child = runNode({ cwd, args: [join(tools, tool), ...words], env: { ...port, ...env } });
  const [origin = ""] = await child.waitForOutput(/^http:\/\/127\.0\.0\.1:\d+$/m);
  // The tool itself may be a process of the group, with the endpoint.
  const [, endpoint = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  expect(await scrape(origin)).toBe("thank you\n");
  await expect
    .poll(async () => samples(await scrape(endpoint), "orders_total"))
    .toEqual(['orders_total{channel="web"} 1']);
  await expect
    .poll(async () => samples(await scrape(endpoint), "http_server_requests_total"))
    .toEqual([expect.stringMatching(/ 1$/)]);
  child.kill();
  await child.exit;
});

test.each([
  ["Jest", ["jest/bin/jest.js", "--detectOpenHandles"], { NODE_OPTIONS: "--experimental-vm-modules" }],
  ["Vitest", ["vitest/vitest.mjs", "run", "--globals"], {}],
])("tests under %s end without an open handle", async (_, [tool = "", ...words], env) => {
  const cwd = await copyOf("testing");
  const child = runNode({ cwd, args: [join(tools, tool), ...words], env });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  const output = child.stdout + child.stderr;
  expect(output).toMatch(/2 passed/);
  expect(output).not.toMatch(/open handle|did not exit|hanging|close timed out/i);
});

// A client of Lambda's runtime API. The real one needs a native module, which only an install script makes.
const RUNTIME = `
  import { handler } from "./index.mjs";
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
  for (;;) {
    const next = await fetch(api + "next");
    const id = next.headers.get("lambda-runtime-aws-request-id");
    const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
    const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
    const result = await handler(await next.json(), context, () => {});
    await fetch(api + id + "/response", { method: "POST", body: JSON.stringify(result) });
  }`;

test.skipIf(process.platform === "win32")(
  "the metrics of a Lambda function are sent before the environment is frozen",
  async () => {
    const receiver = await otlpReceiver();
    const cwd = await copyOf("lambda");
    written(cwd, "runtime.mjs", RUNTIME);
    const lambda = await startLambda();
    const child = runNode({
      cwd,
      args: [...flag, "runtime.mjs"],
      env: {
        AWS_LAMBDA_RUNTIME_API: lambda.address,
        AWS_LAMBDA_FUNCTION_NAME: "checkout",
        AWS_LAMBDA_FUNCTION_VERSION: "7",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/23/[7]abc",
        AWS_REGION: "ap-southeast-2",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      },
    });
    for (const count of [1, 2, 3]) {
      const response = await lambda.invoke('{"channel":"web"}');
      child.kill("SIGSTOP");
      expect(response).toBe('{"statusCode":200,"body":"thank you\\n"}');
      const orders = receiver.requests
        .flatMap(({ body }) => metricsOf(body))
        .filter(({ name }) => name === "orders")
        .flatMap(({ points }) => points.map((point) => "value" in point && point.value));
      expect(orders).toEqual(Array.from({ length: count }, () => 1));
      child.kill("SIGCONT");
    }
    const [resource] = receiver.requests.flatMap(({ body }) => body.resourceMetrics);
    expect(resource?.resource.attributes).toMatchObject({
      "cloud.platform": "aws_lambda",
      "cloud.region": "ap-southeast-2",
      "faas.name": "checkout",
      "faas.version": "7",
      "faas.instance": "2026/11/23/[7]abc",
      "faas.max_memory": 134_217_728,
    });
  },
);

// Electron's binary cannot be installed everywhere: this stands for the part of its API that the example uses.
const ELECTRON = `
  import { EventEmitter } from "node:events";
  export const app = Object.assign(new EventEmitter(), {
    whenReady: async () => {},
    quit: () => app.emit("will-quit", { preventDefault() {} }),
    exit: (code = 0) => process.exit(code),
  });
  export const ipcMain = { handle: (_, save) => void save() };
  export class BrowserWindow {
    async loadURL() {
      setTimeout(() => app.emit("window-all-closed"));
    }
  }`;

test("the main process of Electron, by a stand-in for its API, sends its metrics before it quits", async () => {
  const receiver = await otlpReceiver();
  const cwd = await copyOf("electron");
  written(cwd, "electron.mjs", ELECTRON);
  written(cwd, "main.mjs", readFileSync(join(cwd, "main.mjs"), "utf8"), [['"electron"', '"./electron.mjs"']]);
  await outputOf(
    runNode({
      cwd,
      args: ["main.mjs"],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    }),
  );
  const names = receiver.requests.flatMap(({ body }) => metricsOf(body)).map(({ name }) => name);
  expect(names).toContain("documents.saved");
});

// Writes a file of an example, with other words in some places.
function written(
  cwd: string,
  name: string,
  text: string,
  changes: readonly (readonly [string, string])[] = [],
): string {
  const changed = changes.reduce((before, [from, to]) => before.replace(from, to), text);
  writeFileSync(join(cwd, name), changed);
  return name;
}
