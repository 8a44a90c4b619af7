// Imported first: it starts the telemetry, which only finds routes of modules loaded later.
import { announce, exporter, host, order, port } from "./orders.mjs";
import express from "express";

const app = express();
app.get("/orders", (_request, response) => void response.send(order()));
app.get("/metrics", (request, response) => exporter.getMetricsRequestHandler(request, response));
const server = app.listen(port, host, () => announce(server.address().port));
