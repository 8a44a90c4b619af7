import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { announce, exporter, host, order, port } from "./orders.mjs";

const app = new Hono();
const metrics = exporter.fetchHandler();
app.get("/orders", (context) => context.text(order()));
app.get("/metrics", (context) => metrics(context.req.raw));
serve({ fetch: app.fetch, hostname: host, port }, ({ port: actualPort }) => announce(actualPort));
