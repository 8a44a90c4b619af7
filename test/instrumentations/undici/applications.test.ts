import { expect, test } from "vitest";
import { freePort } from "../../kit/process.ts";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the connections of fetch in %s started with %s are measured",
  async (_, flag, program) => {
    const port = await freePort();
    const text = await scrapeOf({ folder, program, flag, env: { SERVER_PORT: `${port}` } });
    const server = `server_address="127.0.0.1",server_port="${port}"`;
    const open = samples(text, "http_client_open_connections");
    // fetch may open a connection for each request.
    expect(open.map((line) => line.replace(/ [1-3]$/, " some"))).toEqual([
      `http_client_open_connections{http_connection_state="idle",${server}} some`,
      `http_client_open_connections{http_connection_state="active",${server}} 0`,
    ]);
    expect(samples(text, "http_client_pending_requests")).toEqual([
      `http_client_pending_requests{${server}} 0`,
    ]);
  },
);
