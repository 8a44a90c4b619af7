// Faults that are planted in a running shop: `tachymeter explain` names the true cause of each in its first three lines. All of
// them are in the long form.
import { join } from "node:path";
import { beforeAll, expect, test, type TestContext, vi } from "vitest";
import { errorMessage } from "../../../src/diagnostics/error-message.ts";
import { controlGroup, ownClock } from "../../alerts/monitors/surroundings.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { isLong } from "../../kit/test-length.ts";
import { needsPostgres } from "../../servers/postgres.ts";
import { tachymeter } from "../running.ts";
import { CASES, type FaultCase } from "./cases.ts";
import { startShop, type ShopFault } from "./faulty-shop.ts";

const WAIT = { timeout: 80_000, interval: 4_000 };
const SHORT = ["slowService"];
// Share of the causes that must be named.
const LEAST_SHARE = 0.8;
// `EXPLAINED=slowRoute,crash` chooses others.
const chosen = process.env["EXPLAINED"]?.split(",") ?? (isLong ? CASES.map(({ fault }) => fault) : SHORT);
const missed: string[] = [];

beforeAll(packedProject);

// Two shops at a time: more would be slow without a fault.
for (let i = 0; i < chosen.length; i += 2) {
  const pair = CASES.filter(({ fault }) => chosen.slice(i, i + 2).includes(fault));
  const title = pair.map(({ cause }) => cause).join("; ");
  test(`faults are planted and explained: ${title}`, { timeout: 400_000 }, async (context) => {
    needsPostgres(context);
    const asked = pair.map((each) => expectNamed(each, surroundingsOf(context, each)));
    for (const result of await Promise.allSettled(asked))
      if (result.status === "rejected") missed.push(errorMessage(result.reason));
  });
}

test("at least four fifths of the causes are named", () => {
  expect(missed.slice(Math.floor((1 - LEAST_SHARE) * chosen.length))).toEqual([]);
});

// It may have begun too lately for a comparison.
async function expectNamed(fault: FaultCase, surroundings: Partial<ShopFault>): Promise<void> {
  const shop = await startShop({ ...fault, ...surroundings });
  const url = await shop.begin();
  const names = fault.names instanceof RegExp ? fault.names : fault.names(shop.ports);
  const isNamed = async (): Promise<void> => {
    const { stdout, stderr } = await tachymeter("explain", fault.alert, url);
    const lines = stdout.split("\n").slice(0, 3);
    expect(lines.join("\n"), `${fault.fault}:\n${stdout}${stderr}`).toMatch(names);
  };
  await vi.waitFor(isNamed, WAIT);
}

function surroundingsOf(context: TestContext, { fault }: FaultCase): Partial<ShopFault> {
  if (fault === "processorLimit") return { group: controlGroup(context, { cpus: 2 }) };
  if (fault === "clockChange") return { env: ownClock(context, join(newFolder("clock"), "time")) };
  return {};
}
