import { execFileSync } from "node:child_process";
import { routes } from "../routes.js";

export const application = {
  title: "Nitro",
  packages: { nitropack: "2.13.6" },
  measured: "routes, by the plugin of Rollup",
  ready: "/",
  files: {
    "nitro.config.ts": `
      import { rollup } from "tachymeter/bundler";
      export default {
        srcDir: "server",
        compatibilityDate: "2026-01-01",
        rollupConfig: { plugins: [rollup()] },
      };`,
    "server/routes/index.get.ts": `export default defineEventHandler(() => "nitro");`,
    "server/routes/items/[id].get.ts": `export default defineEventHandler((event) => ({ id: event.context.params.id }));`,
  },
  build(folder) {
    execFileSync(process.execPath, ["node_modules/nitropack/dist/cli/index.mjs", "build"], {
      cwd: folder,
      stdio: "ignore",
    });
  },
  command: () => [".output/server/index.mjs"],
  environment: ({ port }) => ({ PORT: `${port}`, HOST: "127.0.0.1" }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/items/${i}`);
      await request("GET", `/none/${i}`);
    }
  },
  series: {
    ...routes({ "GET /items/:id": 15 }),
    'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404"}': 15,
  },
};
