import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())("the gRPC calls of %s started with %s are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag });
  const method = 'rpc_method="shop.v1.Cart/Add",rpc_status_code';
  expect(samples(text, "rpc_server_call_duration_seconds_count").toSorted()).toEqual([
    `rpc_server_call_duration_seconds_count{${method}="NOT_FOUND",rpc_system_name="grpc"} 1`,
    `rpc_server_call_duration_seconds_count{${method}="OK",rpc_system_name="grpc"} 1`,
  ]);
  expect(samples(text, "rpc_client_call_duration_seconds_count")).toHaveLength(2);
});

test("calls are measured if the library was loaded before Tachymeter", async () => {
  const env = { NODE_OPTIONS: "--require @grpc/grpc-js" };
  const text = await scrapeOf({ folder, program: "app.cjs", flag: "--require", env });
  expect(samples(text, "rpc_server_call_duration_seconds_count")).toHaveLength(2);
  expect(samples(text, "rpc_client_call_duration_seconds_count")).toHaveLength(2);
});
