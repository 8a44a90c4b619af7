import { execFileSync } from "node:child_process";

export const application = {
  title: "Astro, standalone",
  packages: { astro: "5.18.2", "@astrojs/node": "9.5.5" },
  measured: "requests; its build has no routes to find",
  ready: "/",
  files: {
    "astro.config.mjs": `
      import node from "@astrojs/node";
      export default { output: "server", adapter: node({ mode: "standalone" }) };`,
    "src/pages/index.astro": `<p>shop</p>`,
    "src/pages/blog/[slug].astro": `<p>{Astro.params.slug}</p>`,
    "src/pages/api/items/[id].js": `
      export const GET = ({ params }) => {
        if (params.id === "9") throw new Error("boom");
        return Response.json({ id: params.id });
      };`,
  },
  build(folder) {
    execFileSync(process.execPath, ["node_modules/astro/astro.js", "build"], {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: "1" },
    });
  },
  command: () => ["dist/server/entry.mjs"],
  environment: ({ port }) => ({ PORT: `${port}`, HOST: "127.0.0.1" }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/api/items/${i}`);
      await request("GET", `/blog/post-${i}`);
    }
    await request("GET", "/none/1");
  },
  series: {
    'http_server_request_duration_seconds_count{http_response_status_code="200"}': 30,
    'http_server_request_duration_seconds_count{http_response_status_code="500"}': 1,
  },
};
