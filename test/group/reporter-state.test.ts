import { expect, test } from "vitest";
import { ReporterState } from "../../src/group/reporter/messages.ts";

test("the end of the last whole state stands if nothing is written, or a writing fails", () => {
  const state = new ReporterState();
  state.writeAs("main thread", () => ({ sequence: 3, logNumber: 1 }));
  state.writeAs("main thread", () => undefined);
  const fails = (): never => {
    throw new Error("full");
  };
  expect(() => state.writeAs("main thread", fails)).toThrow("full");
  expect(state.position).toEqual({ sequence: 3, logNumber: 1 });
  state.writeAs("main thread", () => ({ sequence: 4, logNumber: 1 }));
  expect(state.position).toEqual({ sequence: 4, logNumber: 1 });
});
