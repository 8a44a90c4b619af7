import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The address that a server listens on, by TCP. */
export function addressOf(server: Pick<Server, "address">): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address;
}
