// Koa: requests are measured by the flag; a counter, and the health checks on the application's own server.
//   node --import tachymeter/register koa.mjs
import { Router } from "@koa/router";
import { metrics } from "@opentelemetry/api";
import Koa from "koa";
import { Health } from "tachymeter/facades";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });
const health = new Health();
health.register("database", async () => {}); // throws if it is down

const shop = new Router({ prefix: "/shop" });
shop.get("/orders/:id", (context) => {
  orders.add(1, { channel: "web" });
  context.body = `order ${context.params.id}\n`; // http.route is "/shop/orders/:id"
});

const app = new Koa();
app.use((context, next) => {
  const answer = health.answer(context.path); // /livez, /readyz, /healthz
  if (answer === undefined) return next();
  Object.assign(context, { status: answer.status, body: answer.body });
  return context.set(answer.headers);
});
app.use(shop.routes());

const server = app.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
