export const application = {
  title: "tRPC",
  packages: { "@trpc/server": "11.25.2" },
  measured: "procedures, failures",
  ready: "/ping",
  files: {
    "app.mjs": `
      import { initTRPC, TRPCError } from "@trpc/server";
      import { createHTTPServer } from "@trpc/server/adapters/standalone";
      const t = initTRPC.create();
      const cart = t.router({
        item: t.procedure.query(() => ({ id: 1 })),
        add: t.procedure.mutation(() => "added"),
        lost: t.procedure.query(() => { throw new TRPCError({ code: "NOT_FOUND" }); }),
      });
      const router = t.router({ cart, ping: t.procedure.query(() => "pong") });
      createHTTPServer({ router }).listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}`, NODE_ENV: "production" }),
  async drive(request) {
    for (let i = 0; i < 10; i++) {
      await request("GET", "/cart.item");
      await request("GET", "/cart.item,cart.lost?batch=1");
      await request("POST", "/cart.add", { json: {} });
      await request("GET", "/no.such");
    }
  },
  series: {
    'rpc_server_call_duration_seconds_count{rpc_method="cart.item",rpc_system_name="trpc"}': 20,
    'rpc_server_call_duration_seconds_count{rpc_method="cart.add",rpc_system_name="trpc"}': 10,
    'rpc_server_call_duration_seconds_count{rpc_method="cart.lost",rpc_status_code="NOT_FOUND"}': 10,
  },
};
