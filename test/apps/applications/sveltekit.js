import { execFileSync } from "node:child_process";

export const application = {
  title: "SvelteKit, adapter-node",
  packages: {
    "@sveltejs/kit": "2.70.4",
    "@sveltejs/adapter-node": "5.5.7",
    "@sveltejs/vite-plugin-svelte": "5.1.1",
    svelte: "5.57.3",
    vite: "6.4.6",
  },
  measured: "requests; its build has no routes to find",
  ready: "/",
  files: {
    "svelte.config.js": `
      import adapter from "@sveltejs/adapter-node";
      export default { kit: { adapter: adapter() } };`,
    "vite.config.mjs": `
      import { sveltekit } from "@sveltejs/kit/vite";
      export default { plugins: [sveltekit()] };`,
    "src/app.html": `<html><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>`,
    "src/routes/+page.svelte": `<p>shop</p>`,
    "src/routes/blog/[slug]/+page.server.js": `export const load = ({ params }) => ({ slug: params.slug });`,
    "src/routes/blog/[slug]/+page.svelte": `<script>let { data } = $props();</script><p>{data.slug}</p>`,
    "src/routes/api/items/[id]/+server.js": `
      export const GET = ({ params }) => {
        if (params.id === "9") throw new Error("boom");
        return Response.json({ id: params.id });
      };`,
    "build/package.json": `{ "type": "module" }`,
  },
  build(folder) {
    execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build"], {
      cwd: folder,
      stdio: "ignore",
    });
  },
  command: () => ["build/index.js"],
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
