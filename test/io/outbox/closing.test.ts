import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { nodeFileCalls } from "../../../src/io/outbox/file-calls.ts";
import { drained, opened, record } from "./opening.ts";
import { newFolder } from "../../kit/new-folder.ts";

// An empty folder is deleted at shutdown, with all segments that are in it by then.
test("records appended while an outbox closes are kept for the next start", async () => {
  const directory = newFolder("outbox");
  let closing: (() => Promise<void>) | undefined;
  const { outbox } = await opened(directory, {
    ...nodeFileCalls,
    readdir: new Proxy(readdir, {
      apply: async (target, self, args) => {
        const append = closing;
        closing = undefined;
        await append?.();
        return Reflect.apply(target, self, args);
      },
    }),
  });
  closing = () => outbox.append([record("late")]);
  await outbox.close();
  expect(closing).toBeUndefined();

  const next = await opened(directory);
  expect(await drained(next.outbox)).toEqual(["late"]);
});
