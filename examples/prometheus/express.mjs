import express from "express";
import { announce, exporter, host, order, port } from "./orders.mjs";

const app = express();
app.get("/orders", (_request, response) => void response.send(order()));
app.get("/metrics", (request, response) => exporter.getMetricsRequestHandler(request, response));
const server = app.listen(port, host, () => announce(server.address().port));
