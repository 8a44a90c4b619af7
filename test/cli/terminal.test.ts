import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StallTimeout } from "../../src/cli/flush.ts";
import { bytesText, counted, durationText } from "../../src/cli/flush.ts";
import { Terminal } from "../../src/cli/output.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 12;
  text = "";

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

test("in a terminal one line is overwritten, cut to the width of the terminal, with messages above it", () => {
  const screen = new Screen(true);
  const terminal = new Terminal(screen);
  terminal.progress("5 records left");
  terminal.message("trouble");
  terminal.progress("4 left");
  terminal.clear();
  terminal.clear();
  expect(screen.text).toBe("\r\u001B[K5 records l\r\u001B[Ktrouble\n\r\u001B[K4 left\r\u001B[K");
});

test("outside a terminal a line is written every 5 s", () => {
  const screen = new Screen(false);
  const terminal = new Terminal(screen);
  for (let second = 0; second <= 11; second++) {
    terminal.progress(`after ${second} s`);
    vi.advanceTimersByTime(1_000);
  }
  terminal.clear();
  expect(screen.text).toBe("after 0 s\nafter 5 s\nafter 10 s\n");
});

test("it times out if attempts fail for 10 s, and restarts with each success", () => {
  const stall = new StallTimeout(10);
  vi.advanceTimersByTime(9_000);
  stall.failed();
  stall.succeeded();
  vi.advanceTimersByTime(9_000);
  stall.failed();
  expect(stall.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(stall.signal.aborted).toBe(true);
});

test("it does not time out before an attempt has failed", () => {
  const stall = new StallTimeout(10);
  vi.advanceTimersByTime(60_000);
  expect(stall.signal.aborted).toBe(false);
  stall.failed();
  expect(stall.signal.aborted).toBe(true);
});

test.each([
  [counted(1, "record"), "1 record"],
  [counted(2, "record"), "2 records"],
  [counted(2, "process", "processes"), "2 processes"],
  [bytesText(1_023), "1023 B"],
  [bytesText(1_536), "1.5 KiB"],
  [bytesText(20 * 1_048_576), "20.0 MiB"],
  [durationText(-1), "0 s"],
  [durationText(59.9), "59 s"],
  [durationText(60), "1 min"],
  [durationText(7_199), "1 h"],
  [durationText(86_400), "1 d"],
])("%s is read as %s", (text, expected) => {
  expect(text).toBe(expected);
});
