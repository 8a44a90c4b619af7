// Express: requests are measured by the flag; a counter, and the health checks on the application's own server.
//   node --import tachymeter/register express.mjs
import { metrics } from "@opentelemetry/api";
import express from "express";
import { Health } from "tachymeter/facades";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });
const health = new Health();
health.register("database", async () => {}); // throws if it is down

const shop = express.Router();
shop.get("/orders/:id", (request, response) => {
  orders.add(1, { channel: "web" });
  response.send(`order ${request.params.id}\n`);
});

const app = express();
app.use("/shop", shop); // http.route is "/shop/orders/:id"
app.use(health.handler()); // /livez, /readyz, /healthz

const server = app.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
