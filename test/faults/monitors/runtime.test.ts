// Real faults of memory and garbage collection: each fires, names its cause, and resolves.
import { freemem, totalmem } from "node:os";
import { beforeAll, describe, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { expectFault } from "../../alerts/monitors/fault-kit.ts";

beforeAll(packedProject);

const MIB = 2 ** 20;

describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("a heap that fills to nine tenths of a small limit", () =>
    expectFault(
      {
        // A tenth of it is room enough for garbage: with 96 MiB the process ran out of memory.
        faults: { fullHeap: { oldSpaceBytes: 192 * MIB } },
        nodeArgs: ["--max-old-space-size=192", "--expose-gc"],
      },
      [
        { name: "HeapFilling", cause: "At the present rate the heap reaches its limit" },
        { name: "HeapNearLimit", cause: "of the heap's limit survive garbage collection" },
      ],
    ));

  test("collections of a heap of many objects", () =>
    expectFault(
      {
        faults: { pauses: {} },
        nodeArgs: ["--expose-gc"],
        parameters: { garbageCollectionPauses: { threshold: 0.025 } },
      },
      [{ name: "GarbageCollectionPauses", cause: "Major collections stop the process" }],
    ));

  // Other processes of the machine may use and free memory meanwhile: half a gibibyte each way.
  test("a machine whose memory is taken", () => {
    const heldPieces = 6;
    const availableBytes = freemem() - heldPieces * 128 * MIB;
    const threshold = (availableBytes - 512 * MIB) / totalmem();
    const machineMemory = { heldPieces, wantedBytes: availableBytes - 1_024 * MIB };
    return expectFault(
      {
        faults: { machineMemory },
        nodeArgs: ["--expose-gc"],
        parameters: { machineMemoryLow: { threshold } },
      },
      [{ name: "MachineMemoryLow", cause: "of the machine's memory are available" }],
    );
  });
});
