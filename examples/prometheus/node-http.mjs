import { createServer } from "node:http";
import { announce, exporter, host, order, port } from "./orders.mjs";

const server = createServer((request, response) => {
  // The query may select metrics: ?name[]=orders_total
  const [path] = request.url.split("?");
  if (path === "/metrics") exporter.getMetricsRequestHandler(request, response);
  else if (path === "/orders") response.end(order());
  else response.writeHead(404).end();
});
server.listen(port, host, () => announce(server.address().port));
