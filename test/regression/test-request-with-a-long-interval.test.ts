// With an interval above a minute, `alerts test` ended before the application looked for its request.
import { expect, onTestFinished, test } from "vitest";
import { askForTest, watchForTests } from "../../src/alerts/test-request.ts";
import { newFolder } from "../kit/new-folder.ts";

test("requests of tests are found by a timer of their own, one after the other", async () => {
  const directory = newFolder("alerts");
  const report = [{ receiver: "chat", delivered: true, durationSeconds: 0.1 }];
  onTestFinished(watchForTests(directory, () => Promise.resolve(report), 20));
  expect(await askForTest(directory)).toEqual(report);
  expect(await askForTest(directory)).toEqual(report);
});
