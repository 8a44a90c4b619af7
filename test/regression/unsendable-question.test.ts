import { expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

test("a question that cannot be sent rejects, and the process ends", async () => {
  const cwd = await application({
    "app.mjs": `
      import { History } from "tachymeter/history";
      const history = await History.open({ path: "store.db" });
      await history.query({ metric: "m", where: new Proxy({}, {}) }).catch((error) => console.log(error.message));
      await history.query({ metric: "m", where: { a: () => {} } }).catch((error) => console.log(error.message));`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect(await child.exit).toMatchObject({ code: 0 });
  expect(child.stdout.trim().split("\n")).toHaveLength(2);
});
