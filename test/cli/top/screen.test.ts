import fc from "fast-check";
import xterm from "@xterm/headless";
import { expect, test } from "vitest";
import { Screen, type Style } from "../../../src/cli/top/terminal/screen.ts";
import { runs } from "../../kit/test-length.ts";

const [COLUMNS, ROWS] = [20, 4];
const STYLES = ["plain", "bold", "good", "bad", "bar", "selected"] as const satisfies readonly Style[];

// Width is that of the terminal, as the emulator has it.
const texts = fc.string({
  unit: fc.constantFrom("a", "Z", " ", "é", "⣿", "漢", "e\u0301", "\u001b", "\u202e"),
  maxLength: 30,
});
const writes = fc.array(
  fc.record({
    row: fc.nat(ROWS - 1),
    column: fc.nat(COLUMNS - 1),
    text: texts,
    style: fc.constantFrom(...STYLES),
    isMarked: fc.boolean(),
  }),
  { maxLength: 8 },
);

function drawn(
  given: readonly { row: number; column: number; text: string; style: Style; isMarked: boolean }[],
): Screen {
  const screen = new Screen(COLUMNS, ROWS, true);
  for (const { row, column, text, style, isMarked } of given) {
    screen.write(row, column, text, style);
    if (isMarked) screen.mark(row, style);
  }
  return screen;
}

function emulator(): { show: (text: string) => Promise<void>; rows: () => readonly string[] } {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0 });
  return {
    show: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    rows: () => {
      const { active } = terminal.buffer;
      return Array.from({ length: ROWS }, (_, i) => active.getLine(i)?.translateToString(false) ?? "");
    },
  };
}

test("the changes from one content to the next lead to the same screen as drawing it anew", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(writes, { minLength: 1, maxLength: 4 }), async (frames) => {
      const [changed, anew] = [emulator(), emulator()];
      let before: Screen | undefined;
      for (const frame of frames) {
        const screen = drawn(frame);
        await changed.show(screen.changesFrom(before, true));
        await anew.show(screen.changesFrom(undefined, true));
        before = screen;
        expect(changed.rows()).toEqual(anew.rows());
      }
    }),
    { numRuns: runs(40) },
  );
});

test("nothing is written if nothing has changed, and little if little has", () => {
  const before = new Screen(80, 24, true);
  for (let row = 0; row < 24; row++) before.write(row, 0, "figure ".repeat(11));
  const [same, other] = [new Screen(80, 24, true), new Screen(80, 24, true)];
  for (let row = 0; row < 24; row++) {
    same.write(row, 0, "figure ".repeat(11));
    other.write(row, 0, "figure ".repeat(11));
  }
  other.write(7, 30, "12");
  expect(same.changesFrom(before, true)).toBe("");
  expect(other.changesFrom(before, true)).toBe("\u001b[8;31H\u001b[0m12\u001b[0m");
});

test("without colours there are bold, dim and reverse", () => {
  const screen = new Screen(20, 1, true);
  screen.write(0, 0, "ok", "good");
  screen.write(0, 5, "bad", "bad");
  screen.write(0, 10, "bar", "bar");
  // oxlint-disable-next-line no-control-regex -- sequences
  const colours = /\u001b\[[\d;]*3\dm/;
  expect(screen.changesFrom(undefined, true)).toMatch(colours);
  expect(screen.changesFrom(undefined, false)).not.toMatch(colours);
  expect(screen.changesFrom(undefined, false)).toContain("\u001b[0;7mbar");
});

test("a terminal without Unicode gets ASCII alone", () => {
  const screen = new Screen(20, 1, false);
  screen.write(0, 0, "12 µs 漢é…▲");
  expect(screen.rowText(0).trimEnd()).toBe("12 us ???~^");
});
