// A real application with a steady load, of which no monitor fires. In the long form an hour takes six minutes.
import { beforeAll, expect, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { durationMillis } from "../../../src/alerts/rules/duration.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { isLong } from "../../kit/test-length.ts";
import { firedIn, killed, type MonitorParameters, startFaulty } from "./fault-kit.ts";

beforeAll(packedProject);

const SOAK_MILLIS = isLong ? 360_000 : 12_000;

// Other programs on the machine cause them, too.
const OF_MACHINE = ["event-loop", "process"]
  .flatMap((area) => CATALOGUE.get(area) ?? [])
  .map(({ name }) => alertName(name))
  .concat("MachineMemoryLow", "RuleFailing");

test(
  "no monitor fires while an application works as usual",
  async () => {
    const running = await startFaulty({
      fault: "steadyLoad",
      options: { hooks: { kernels: true }, collectionInterval: 5 },
      ...(isLong && { parameters: compressed(10) }),
    });
    const end = performance.now() + SOAK_MILLIS;
    await expect.poll(() => performance.now(), { timeout: 2 * SOAK_MILLIS }).toBeGreaterThan(end);
    expect(firedIn(running).filter((name) => !OF_MACHINE.includes(name))).toEqual([]);
    // The load went on all the time.
    expect(running.stderr).toBe("");
    await killed(running);
  },
  isLong ? 1_800_000 : 180_000,
);

/** Parameters of all monitors: durations are a part of their defaults. */
function compressed(factor: number): MonitorParameters {
  const monitors = [...CATALOGUE.values()].flat().filter(({ name }) => name !== "httpErrorBudget");
  return Object.fromEntries(
    monitors.map(({ name, parameters }) => [
      name,
      Object.fromEntries(
        parameters
          .filter(({ unit }) => unit === "duration")
          .map((each) => [each.name, (durationMillis(each.defaultValue) ?? 0) / 1_000 / factor]),
      ),
    ]),
  );
}
