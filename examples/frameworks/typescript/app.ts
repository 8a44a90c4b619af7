// npx tsx --import tachymeter/register app.ts
// NODE_OPTIONS="--import tachymeter/register" npx vite-node app.ts
import { createServer } from "node:http";
import { metrics } from "@opentelemetry/api";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });

interface Order {
  readonly channel: "web" | "shop";
}

const server = createServer((_request, response) => {
  const order: Order = { channel: "web" };
  orders.add(1, { ...order });
  response.end("thank you\n");
});
server.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") console.log(`http://127.0.0.1:${address?.port}`);
});
