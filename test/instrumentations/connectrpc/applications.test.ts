import { expect, test } from "vitest";
import { bothLoaders, samples, scrapeOf } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the calls of Connect in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    const called = 'rpc_method="shop.v1.Cart/Add"';
    const failed = 'rpc_status_code="not_found"';
    const system = 'rpc_system_name="connectrpc"';
    expect(samples(text, "rpc_server_call_duration_seconds_count").toSorted()).toEqual([
      `rpc_server_call_duration_seconds_count{${called},${failed},${system}} 1`,
      `rpc_server_call_duration_seconds_count{${called},${system}} 1`,
    ]);
    expect(samples(text, "rpc_client_call_duration_seconds_count")).toHaveLength(2);
  },
);
