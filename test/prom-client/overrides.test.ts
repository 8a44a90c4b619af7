// npm's `overrides`, as docs/from-prom-client.md describes them.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { npm, packedProject } from "../kit/packed-project.ts";
import { newFolder } from "../kit/new-folder.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(async () => {
  await packedProject();
});

test.each([
  ["a library", { dependencies: {}, overrides: { "prom-client": "file:./prom-client" } }],
  [
    "an application and a library",
    {
      dependencies: { "prom-client": "file:./prom-client" },
      overrides: { "prom-client": "$prom-client" },
    },
  ],
])(
  "with npm's overrides, %s gets our module under the name of prom-client",
  async (_, { dependencies, overrides }) => {
    const { installed } = await packedProject();
    const cwd = newFolder("overrides");
    const write = (file: string, content: string | object): void => {
      mkdirSync(join(cwd, file, ".."), { recursive: true });
      writeFileSync(join(cwd, file), typeof content === "string" ? content : JSON.stringify(content));
    };
    write("package.json", {
      name: "shop",
      private: true,
      dependencies: { library: "file:./library", ...dependencies },
      overrides,
    });
    write("prom-client/package.json", {
      name: "prom-client",
      version: "15.1.3",
      exports: { import: "./index.mjs", default: "./index.cjs" },
    });
    write(
      "prom-client/index.mjs",
      `export * from "tachymeter/prom-client";
export { default } from "tachymeter/prom-client";`,
    );
    write("prom-client/index.cjs", `module.exports = require("tachymeter/prom-client").default;`);
    write("library/package.json", {
      name: "library",
      version: "1.0.0",
      exports: { import: "./index.mjs", default: "./index.cjs" },
      dependencies: { "prom-client": "^15.0.0" },
    });
    write("library/index.cjs", `exports.client = require("prom-client");`);
    write(
      "library/index.mjs",
      `export { Counter } from "prom-client";
export { default as client } from "prom-client";`,
    );
    write(
      "app.mjs",
      `import { createRequire } from "node:module";
    import { client, Counter } from "library";
    import * as own from "tachymeter/prom-client";
    const { client: required } = createRequire(import.meta.url)("library");
    new Counter({ name: "orders", help: "h" }).inc(2);
    console.log(Counter === own.Counter, client === own.default, required === client);
    console.log((await own.register.metrics()).includes("orders 2"));`,
    );
    await npm(cwd, ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"]);
    // The package itself, without its dependencies from the registry.
    symlinkSync(installed, join(cwd, "node_modules", "tachymeter"), "junction");
    const output = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
    expect(output.trim().split(/\s+/)).toEqual(["true", "true", "true", "true"]);
  },
  60_000,
);
