// The embedded MQTT broker. It runs in the coordinator's process and listens on a loopback port; 0 is a free one.
import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";

export async function startBroker(port) {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${server.address().port}`,
    close() {
      broker.close(() => server.close());
    },
  };
}
