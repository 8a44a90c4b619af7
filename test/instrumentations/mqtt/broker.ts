// A real MQTT broker in this process, which can go down and come back.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";
import { freePort } from "../../kit/process.ts";
import { addressOf } from "../../kit/address-of.ts";

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Closes every connection at once, like a broker that dies. */
  stop(): Promise<void>;
}

/** Starts a broker on 127.0.0.1, on a free port by default. */
export async function startBroker(port?: number): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(port ?? (await freePort()), "127.0.0.1");
  await once(server, "listening");
  const actualPort = portOf(server);
  return {
    url: `mqtt://127.0.0.1:${actualPort}`,
    port: actualPort,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  return addressOf(server).port;
}
