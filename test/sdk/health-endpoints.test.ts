import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

// Starts with one reader's options, and returns its responses to requests: path, options of `fetch`, code to run
// before.
const program = `
import { start } from "tachymeter";

export async function ask(options, asks) {
  const telemetry = start({ readers: [{ type: "prometheus", port: 0, ...options }], host: false, runtime: false });
  await telemetry.ready;
  for (const [path, request, before] of asks) {
    before?.(telemetry);
    const response = await fetch(new URL(path, telemetry.prometheusUrl), request);
    const text = await response.text();
    const { components } = text.startsWith("{") ? JSON.parse(text) : {};
    console.log(path, request?.method ?? "GET", response.status, response.headers.get("content-type"), components);
  }
  await telemetry.shutdown();
}
`;

async function outputOfAsking(asking: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = await application({
    "ask.mjs": program,
    "app.mjs": `import { ask } from "./ask.mjs"; ${asking}`,
  });
  return outputOf(runNode({ cwd, args: ["app.mjs"], env }));
}

test("the Prometheus server reports the health of the application", async () => {
  const output = await outputOfAsking(`await ask({}, [
    ["/readyz", {}, ({ health }) => health.set("database", "unhealthy", "connection refused")],
    ["/healthz"],
    ["/livez", { method: "HEAD" }],
    ["/readyz", {}, ({ health }) => health.set("database", "healthy")],
    ["/healthz", { method: "POST" }],
    ["/metrics"],
  ]);`);
  const json = "application/json; charset=utf-8";
  const component = "{ database: { status: 'unhealthy', critical: true } }";
  expect(output).toBe(
    [
      `/readyz GET 503 ${json} ${component}`,
      `/healthz GET 503 ${json} ${component}`,
      `/livez HEAD 200 ${json} undefined`,
      `/readyz GET 200 ${json} { database: { status: 'healthy', critical: true } }`,
      "/healthz POST 405 text/plain; charset=utf-8 undefined",
      "/metrics GET 200 text/plain; version=0.0.4; charset=utf-8 undefined",
      "",
    ].join("\n"),
  );
});

test("an unauthenticated client receives no details of health, an authenticated one receives the reasons", async () => {
  const output =
    await outputOfAsking(`await ask({ bearerToken: "scrapers-secret", health: "authenticated" }, [
    ["/livez", {}, ({ health }) => health.set("database", "unhealthy", "refused")],
    ["/livez", { headers: { authorization: "Bearer scrapers-secret" } }],
  ]);`);
  expect(output).toMatch(/^\/livez GET 401 .*\n\/livez GET 200 [^]* reason: 'refused', [^]*\n$/);
});

test("a reader's option, else a variable, disables the health paths", async () => {
  const asking = `for (const options of [{}, { health: false }, { health: true }]) await ask(options, [["/livez"]]);`;
  const codes = async (env?: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    [...(await outputOfAsking(asking, env)).matchAll(/GET (\d+)/g)].map(([, code = ""]) => code);
  expect(await codes()).toEqual(["200", "404", "200"]);
  expect(await codes({ TACHYMETER_HEALTH_ENDPOINTS: "false" })).toEqual(["404", "404", "200"]);
});

test("metrics at the path of a health path stay there", async () => {
  const output = await outputOfAsking(`await ask({ endpoint: "/healthz" }, [["/healthz"], ["/readyz"]]);`);
  expect(output).toMatch(/^\/healthz GET 200 text\/plain.*\n\/readyz GET 200 application\/json.*\n$/);
  const refused = await outputOfAsking(
    `await ask({ endpoint: "/healthz", bearerToken: "scrapers-secret" }, [["/healthz"], ["/readyz"]]);`,
  );
  expect(refused).toMatch(/^\/healthz GET 401 .*\n\/readyz GET 200 /);
});
