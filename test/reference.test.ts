// The documents and the API reference as a site, as `npm run docs:site` builds it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "./kit/new-folder.ts";

const ROOT = join(import.meta.dirname, "..");
const TYPEDOC = join(ROOT, "docs/reference/node_modules/typedoc/bin/typedoc");

test("every public name has a docstring, and every link in a docstring or a document has a target", (context) => {
  const isInstalled = existsSync(TYPEDOC);
  if (process.env["CI"] === undefined)
    context.skip(!isInstalled, "typedoc is not installed (npm ci does it)");
  const site = newFolder("site");
  const options = [
    "--options",
    join(ROOT, "docs/reference/typedoc.json"),
    "--out",
    site,
    // `tsc` checks the types.
    "--skipErrorChecking",
    "--treatWarningsAsErrors",
    "--treatValidationWarningsAsErrors",
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [TYPEDOC, ...options], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 600_000,
  });
  const problems = `${stdout}${stderr}`.split("\n").filter((line) => /warning|error/i.test(line));
  expect({ status, problems }).toEqual({ status: 0, problems: [] });
  const pages = readdirSync(join(site, "documents"));
  const documents = readdirSync(join(ROOT, "docs")).filter((file) => /^(?!index\.).*\.md$/.test(file));
  expect(pages).toEqual(
    expect.arrayContaining(documents.map((file) => `docs_${file.replace(/\.md$/, ".html")}`)),
  );
});
