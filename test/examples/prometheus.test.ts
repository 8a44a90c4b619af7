import { resolve } from "node:path";
import { expect, test } from "vitest";
import { runNode, scrape } from "../kit/process.ts";

const examples = resolve(import.meta.dirname, "../../examples/prometheus");

test.each(["node-http.mjs", "express.mjs", "fastify.mjs", "hono.mjs"])(
  "%s serves its metrics beside its own pages",
  async (program) => {
    const child = runNode({ cwd: examples, args: [program], env: { PORT: "0" } });
    const [origin] = await child.waitForOutput(/http:\/\/127\.0\.0\.1:\d+/);
    expect(await scrape(`${origin}/orders`)).toBe("thank you\n");
    expect(await scrape(`${origin}/orders`)).toBe("thank you\n");
    const sample = 'orders_total{channel="web",otel_scope_name="shop"} 2\n';
    expect(await scrape(`${origin}/metrics`)).toContain(sample);
    expect(await scrape(`${origin}/metrics?name[]=nothing`)).not.toContain("orders_total");

    const head = await fetch(`${origin}/metrics`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
    const openMetrics = await fetch(`${origin}/metrics`, {
      headers: { accept: "application/openmetrics-text;version=1.0.0", "accept-encoding": "gzip" },
    });
    expect(openMetrics.headers.get("content-type")).toMatch(/^application\/openmetrics-text/);
    expect(openMetrics.headers.get("content-encoding")).toBe("gzip");
    expect(await openMetrics.text()).toMatch(/^orders_total\{.*\} 2(?: \S+)?$/m);
    child.kill();
    await child.exit;
    expect(child.stderr).toBe("");
  },
);
