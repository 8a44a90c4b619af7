// Real faults of the event loop, memory and garbage collection: each fires, names its cause, and resolves.
import { beforeAll, describe, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { expectFault } from "./fault-kit.ts";

beforeAll(packedProject);

const MIB = 2 ** 20;

describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("synchronous calls without a pause", () =>
    expectFault({ fault: "blockedLoop", parameters: { eventLoopSlow: { threshold: 0.25 } } }, [
      { name: "EventLoopSlow", cause: "One in a hundred timers is late" },
      { name: "EventLoopSaturated", cause: "The event loop is busy" },
    ]));

  test("a heap that fills to nine tenths of a small limit", () =>
    expectFault(
      {
        fault: "fullHeap",
        settings: { oldSpaceBytes: 96 * MIB },
        nodeArgs: ["--max-old-space-size=96", "--expose-gc"],
      },
      [
        { name: "HeapFilling", cause: "At the present rate the heap reaches its limit" },
        { name: "HeapNearLimit", cause: "of the heap's limit survive garbage collection" },
      ],
    ));

  test("collections of a heap of many objects", () =>
    expectFault(
      {
        fault: "pauses",
        nodeArgs: ["--expose-gc"],
        parameters: { garbageCollectionPauses: { threshold: 0.025 } },
      },
      [{ name: "GarbageCollectionPauses", cause: "Major collections stop the process" }],
    ));

  test("a machine whose memory is taken", () =>
    expectFault({ fault: "machineMemory", nodeArgs: ["--expose-gc"] }, [
      { name: "MachineMemoryLow", cause: "of the machine's memory are available" },
    ]));
});
