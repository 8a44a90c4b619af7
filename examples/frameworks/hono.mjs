// Hono on Node.js: requests are measured by the flag; a counter, and the health checks on the application's own server.
//   node --import tachymeter/register hono.mjs
import { serve } from "@hono/node-server";
import { metrics } from "@opentelemetry/api";
import { Hono } from "hono";
import { Health } from "tachymeter/facades";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });
const health = new Health();
health.register("database", async () => {}); // throws if it is down

const shop = new Hono();
shop.get("/orders/:id", (context) => {
  orders.add(1, { channel: "web" });
  return context.text(`order ${context.req.param("id")}\n`);
});

const app = new Hono();
app.route("/shop", shop); // http.route is "/shop/orders/:id"
const probe = health.fetchHandler();
for (const path of ["/livez", "/readyz", "/healthz"]) app.get(path, (context) => probe(context.req.raw));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
