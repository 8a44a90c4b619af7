// Real faults of processes, control groups and clocks: each fires, names its cause, and resolves. `cpuStolen` has none, since
// a machine cannot take processor time from itself: only its hypervisor can.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { controlGroup, ownClock } from "../../alerts/monitors/surroundings.ts";
import {
  expectFault,
  expectFiring,
  expectResolves,
  killed,
  startFaulty,
} from "../../alerts/monitors/fault-kit.ts";

beforeAll(packedProject);

const MIB = 2 ** 20;

describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("a process that starts again and again", async () => {
    const options = { history: { path: join(newFolder("history"), "history.db") }, collectionInterval: 1 };
    // On a busy machine each life takes half a minute.
    const parameters = { restartLoop: { restarts: 2, window: "2m" } };
    const expected = [{ name: "RestartLoop", cause: "It started" }];
    for (let life = 0; life < 2; life++) await killed(await startFaulty({ options, parameters }));
    const running = await startFaulty({ options, parameters });
    await expectFiring(running, expected);
    await expectResolves(running, expected);
  });

  test("a control group that uses more than its processor time", (context) => {
    const { wrapper, limit } = controlGroup(context);
    return expectFault({ faults: { busy: { limit } }, wrapper }, [
      { name: "CpuThrottled", cause: "The container used up its processor time" },
    ]);
  });

  test("a control group whose memory is almost used up", (context) => {
    const limitBytes = 400 * MIB;
    const { wrapper } = controlGroup(context, { memoryBytes: limitBytes });
    return expectFault({ faults: { groupMemory: { limitBytes } }, nodeArgs: ["--expose-gc"], wrapper }, [
      { name: "MemoryNearLimit", cause: "of the container's memory" },
    ]);
  });

  test.for([
    ["forward by an hour", "+1h"],
    ["back by eight seconds", "-8s"],
    ["back by an hour", "-1h"],
  ])("a clock that is set %s", async ([, change = ""], context) => {
    const file = join(newFolder("clock"), "offset");
    writeFileSync(file, "+0");
    await expectFault({ faults: { clock: { file, change } }, env: ownClock(context, file) }, [
      { name: "ClockJumped", cause: "The clock was set by" },
    ]);
  });
});
