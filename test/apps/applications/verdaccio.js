import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "../routes.js";

export const application = {
  title: "Verdaccio",
  packages: { verdaccio: "6.8.0" },
  overrides: { "node-fetch": "2.6.7" },
  measured: "routes",
  ready: "/-/ping",
  before({ folder }) {
    const store = join(folder, "store");
    rmSync(store, { recursive: true, force: true });
    mkdirSync(store);
    writeFileSync(
      join(store, "config.yaml"),
      [
        "storage: ./packages",
        "auth: { htpasswd: { file: ./users } }",
        "packages: { '**': { access: $all, publish: $anonymous, unpublish: $anonymous } }",
        "log: { type: stdout, format: json, level: http }",
      ].join("\n"),
    );
  },
  command: ({ port }) => [
    "node_modules/verdaccio/bin/verdaccio",
    "-c",
    "store/config.yaml",
    "-l",
    `127.0.0.1:${port}`,
  ],
  async drive(request, { url }) {
    for (let i = 0; i < 10; i++) {
      const name = `part${i}`;
      const file = `${name}-1.0.0.tgz`;
      const version = { name, version: "1.0.0", dist: { tarball: `${url}/${name}/-/${file}`, shasum: "x" } };
      const data = Buffer.from("a package").toString("base64");
      await request("PUT", `/${name}`, {
        json: {
          _id: name,
          name,
          "dist-tags": { latest: "1.0.0" },
          versions: { "1.0.0": version },
          _attachments: { [file]: { content_type: "application/octet-stream", data, length: 9 } },
        },
      });
    }
    for (let i = 0; i < 20; i++) {
      await request("GET", `/part${i}`);
      await request("GET", `/part${i}/-/part${i}-1.0.0.tgz`);
    }
    await request("GET", "/-/v1/search?text=part");
    await request("GET", "/-/whoami");
  },
  series: {
    ...routes({ "PUT /:package/:_rev?/:revision?": 10, "GET /:package/-/:filename": 20 }),
  },
};
