import { Health, type HealthReport } from "tachymeter/facades";
import { expect, onTestFinished, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { listening } from "../kit/listening.ts";

function newHealth(): Health {
  return new Health({ meterProvider: collectingProvider().provider });
}

async function statuses(health: Health): Promise<readonly number[]> {
  const answer = health.fetchHandler();
  const paths = ["/livez", "/readyz", "/healthz"];
  const responses = await Promise.all(paths.map((path) => answer(new Request(`http://shop${path}`))));
  return responses.map(({ status }) => status);
}

test("an application without components is live, ready and healthy", async () => {
  expect(await statuses(newHealth())).toEqual([200, 200, 200]);
});

test("a critical component that is unhealthy makes the application not ready and unhealthy, but it is live", async () => {
  const health = newHealth();
  health.set("database", "unhealthy", "connection refused");
  expect(await statuses(health)).toEqual([200, 503, 503]);
  health.set("database", "degraded");
  expect(await statuses(health)).toEqual([200, 200, 200]);
  health.set("cache", "unhealthy", undefined, { critical: false });
  expect(await statuses(health)).toEqual([200, 200, 200]);
});

test("an application is not ready before each critical component has been checked", async () => {
  const health = newHealth();
  let answer = (): void => {};
  const answered = new Promise<boolean>((resolve) => void (answer = () => resolve(true)));
  onTestFinished(health.register("database", () => answered));
  expect(await statuses(health)).toEqual([200, 503, 200]);
  answer();
  await health.check();
  expect(await statuses(health)).toEqual([200, 200, 200]);
});

test("a component that was checked and is unknown does not count", async () => {
  const health = newHealth();
  onTestFinished(health.register("disk", () => "unknown"));
  await health.check();
  expect(await statuses(health)).toEqual([200, 200, 200]);
  health.set("queue", "unknown");
  expect(await statuses(health)).toEqual([200, 503, 200]);
});

test("the response is the report as JSON, with no-store, and with reasons if asked for", async () => {
  const health = newHealth();
  health.set("database", "degraded", "no password for shop@db-7");
  const reports: HealthReport[] = [];
  for (const answer of [health.fetchHandler(), health.fetchHandler({ reasons: true })]) {
    const response = await answer(new Request("https://shop/internal/readyz?verbose"));
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    reports.push(JSON.parse(await response.text()));
  }
  const [, whole] = reports;
  expect(whole).toEqual({ ...health.report(), timestamp: whole?.timestamp });
  expect(reports.map(({ components }) => components["database"])).toEqual([
    { status: "degraded", critical: true },
    { status: "degraded", reason: "no password for shop@db-7", critical: true },
  ]);
  const asked = { reasons: true };
  expect(health.answer("/healthz")?.body).not.toContain("db-7");
  expect(health.answer("/healthz", asked)?.body).toContain("db-7");
  const origin = await listening(health.handler(asked));
  expect(await (await fetch(`${origin}/livez`)).text()).toContain("db-7");
});

test("a server of node:http responds to GET and HEAD at the three paths only", async () => {
  const health = newHealth();
  health.set("database", "unhealthy");
  const origin = await listening(health.handler());
  const got = await fetch(`${origin}/readyz`);
  expect([got.status, (await got.text()).startsWith('{"status":"unhealthy"')]).toEqual([503, true]);
  const head = await fetch(`${origin}/livez`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect((await fetch(`${origin}/readyz`, { method: "POST", body: "x" })).status).toBe(405);
  expect((await fetch(`${origin}/`)).status).toBe(404);
  expect((await fetch(`${origin}/readyzz`)).status).toBe(404);
});

test("a framework's next handlers get the requests for other paths", async () => {
  const handle = newHealth().handler();
  const origin = await listening((request, response) => {
    handle(request, response, () => response.end("the application's"));
  });
  expect(await (await fetch(`${origin}/orders`)).text()).toBe("the application's");
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});

test("a handler of the Fetch API refuses other paths and methods", async () => {
  const answer = newHealth().fetchHandler();
  expect((await answer(new Request("http://shop/orders"))).status).toBe(404);
  const refused = await answer(new Request("http://shop/livez", { method: "DELETE" }));
  expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("any other server can send the response", () => {
  const health = newHealth();
  expect(health.answer("/orders")).toBeUndefined();
  expect(health.answer("livez")).toBeUndefined();
  expect(health.answer("/livez")).toMatchObject({ status: 200, body: expect.stringContaining("unknown") });
});

test("a removed component is missing from the report and the metrics", async () => {
  const collecting = collectingProvider();
  const health = new Health({ meterProvider: collecting.provider });
  health.set("cache", "unhealthy");
  let isStopped = false;
  health.register("database", (signal) => {
    signal.addEventListener("abort", () => (isStopped = true));
    return new Promise(() => {});
  });
  await Promise.resolve();
  await Promise.resolve();
  health.remove("cache");
  health.remove("database");
  health.remove("nobody");
  expect(health.report()).toMatchObject({ status: "unknown", components: {} });
  expect(await collecting.points("health.component.status")).toEqual([]);
  expect(isStopped).toBe(true);
});
