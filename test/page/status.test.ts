import { expect, test } from "vitest";
import { instanceOf } from "../../src/page/status.ts";

test("a thread and a process with the same number have different names", () => {
  const members = [
    { pid: 10, threadId: 0, worker: 0 },
    { pid: 10, threadId: 1, worker: 1 },
    { pid: 20, threadId: 0, worker: 1 },
    { pid: 30, threadId: 0 },
  ];
  expect(members.map((member) => instanceOf(member))).toEqual(["0", "10/1", "1", "30"]);
});
