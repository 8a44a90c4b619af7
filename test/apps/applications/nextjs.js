import { execFileSync } from "node:child_process";
import { routes } from "../routes.js";

export const application = {
  title: "Next.js, standalone",
  packages: { next: "15.5.29", react: "19.3.1", "react-dom": "19.3.1" },
  measured: "routes",
  ready: "/",
  files: {
    "next.config.mjs": `export default { output: "standalone", outputFileTracingRoot: import.meta.dirname };`,
    "app/layout.js": `export default ({ children }) => <html><body>{children}</body></html>;`,
    "app/page.js": `export const dynamic = "force-dynamic"; export default () => <p>shop</p>;`,
    "app/api/items/[id]/route.js": `export const GET = async (request, { params }) => Response.json({ id: (await params).id });`,
    "app/blog/[slug]/page.js": `export default async ({ params }) => <p>{(await params).slug}</p>;`,
  },
  // Its own copies of packages are among them: see docs/group.md.
  root: ".next/standalone",
  build(folder) {
    execFileSync(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    });
  },
  command: () => [".next/standalone/server.js"],
  environment: ({ port }) => ({ PORT: `${port}`, HOSTNAME: "127.0.0.1", NEXT_TELEMETRY_DISABLED: "1" }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/api/items/${i}`);
      await request("GET", `/blog/post-${i}`);
    }
    await request("GET", "/none/1");
  },
  series: {
    ...routes({ "GET /api/items/[id]": 15, "GET /blog/[slug]": 15 }),
  },
};
