// The API reference, as `npm run docs` builds it from the docstrings.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const TYPEDOC = join(ROOT, "docs/reference/node_modules/typedoc/bin/typedoc");

test("every public name has a docstring, and every link in a docstring has a target", (context) => {
  const isInstalled = existsSync(TYPEDOC);
  if (process.env["CI"] === undefined)
    context.skip(!isInstalled, "typedoc is not installed (npm ci does it)");
  const options = [
    "--options",
    join(ROOT, "docs/reference/typedoc.json"),
    "--emit",
    "none",
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
});
