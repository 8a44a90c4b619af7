// Active requests that are observed before they are connected. With another `host` header, it does not have their port.
import { once } from "node:events";
import { Agent, type ClientRequest, get } from "node:http";
import { connect, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { expect, test, vi } from "vitest";
import { waitMillis } from "../../kit/test-length.ts";
import { collecting, port, serve, unanswered } from "./measured-server.ts";

serve((_, response) => response.end("ok"), {});

test("the server of an active request is known before it is connected, also with another host header", async () => {
  const { lookup, resolve } = pendingLookup();
  const agent = new Agent({ maxSockets: 1 });
  const send = (path: string): ClientRequest =>
    get({ host: "shop.test", port, path, agent, lookup, headers: { host: "other.test" } });
  const connecting = send("/hang");
  // Without a connection. Node.js 20 does not publish it yet.
  const queued = once(send("/"), "response");
  await once(connecting, "socket");
  expect(await requestedServers()).toEqual([`shop.test:${port}`]);
  await resolve();
  expect(await requestedServers()).toEqual([`shop.test:${port}`]);
  const answered = once(connecting, "response");
  unanswered[0]!.end();
  const [response] = await answered;
  response.resume();
  await queued;
  expect(await requestedServers()).toEqual([`shop.test:${port}`]);
  agent.destroy();
});

test("an active request whose port is unknown before it is connected keeps its first series", async () => {
  const { lookup, resolve } = pendingLookup();
  // Without an agent, which would list the port.
  const createConnection = (): Duplex => connect({ host: "shop.test", port, lookup });
  const asked = get({ host: "shop.test", path: "/hang", createConnection, headers: { host: "other.test" } });
  await once(asked, "socket");
  expect(await requestedServers()).toEqual(["shop.test:80"]);
  await resolve();
  expect(await requestedServers()).toEqual(["shop.test:80"]);
  const answered = once(asked, "response");
  unanswered[0]!.end();
  const [response] = await answered;
  response.resume();
  expect(await requestedServers()).toEqual(["shop.test:80"]);
});

// A look-up that waits for `resolve()`, which returns once the server has the request.
function pendingLookup(): { readonly lookup: LookupFunction; readonly resolve: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  let isResolved = false;
  return {
    lookup: (_, __, callback) => {
      const answer = (): void => callback(null, [{ address: "127.0.0.1", family: 4 }]);
      if (isResolved) setImmediate(answer);
      else waiting.push(answer);
    },
    resolve: async () => {
      isResolved = true;
      for (const answer of waiting) answer();
      await vi.waitFor(() => expect(unanswered).toHaveLength(1), { timeout: waitMillis });
    },
  };
}

async function requestedServers(): Promise<readonly string[]> {
  const points = await collecting.points("http.client.active_requests");
  return points.map(
    ({ attributes }) => `${String(attributes["server.address"])}:${String(attributes["server.port"])}`,
  );
}
