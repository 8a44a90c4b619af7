import Fastify from "fastify";
import { announce, exporter, host, order, port } from "./orders.mjs";

const app = Fastify();
app.get("/orders", () => order());
app.get("/metrics", (request, reply) => {
  // The exporter writes the whole response itself.
  reply.hijack();
  exporter.getMetricsRequestHandler(request.raw, reply.raw);
});
await app.listen({ host, port });
announce(app.server.address().port);
