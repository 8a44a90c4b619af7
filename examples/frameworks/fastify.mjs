// Fastify: a plugin with the metrics and the health checks, and a meter as a decorator.
//   node --import tachymeter/register fastify.mjs
import Fastify from "fastify";
import { fastifyMetrics } from "tachymeter/fastify";

const app = Fastify();
await app.register(fastifyMetrics, { health: true }); // /metrics, /livez, /readyz, /healthz
const orders = app.meter.createCounter("orders", { unit: "{order}" });
app.telemetry?.health.register("database", async () => {}); // throws if it is down

await app.register(
  async (shop) => {
    shop.get("/orders/:id", (request) => {
      orders.add(1, { channel: "web" });
      return `order ${request.params.id}\n`;
    });
  },
  { prefix: "/shop" }, // http.route is "/shop/orders/:id"
);

console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 8080) }));
