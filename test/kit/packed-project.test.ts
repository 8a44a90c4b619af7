import { expect, test } from "vitest";
import { application } from "./packed-project.ts";
import { runNode } from "./process.ts";

test("an application of the packed project finds the package", async () => {
  const cwd = await application({ "app.mjs": `console.log(import.meta.resolve("tachymeter/facades"))` });
  const child = runNode({ cwd, args: ["app.mjs"] });
  await child.exit;
  expect(child.stdout).toMatch(/project\/node_modules\/tachymeter\/dist\/facades\.js$/m);
});
