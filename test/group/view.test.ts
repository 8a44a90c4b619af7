import { expect, test } from "vitest";
import { groupOfOne } from "../../src/group/view.ts";

test("a process that is alone is the only member of its group", () => {
  const group = groupOfOne("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "shop");
  expect(group).toMatchObject({ id: "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", name: "shop", role: "alone" });
  expect(group.members()).toEqual([
    { pid: process.pid, threadId: 0, worker: 0, role: "aggregator", state: "live", ageSeconds: 0 },
  ]);
});
