// The evaluation of a rule with many alerts held the event loop for a second.
import { expect, test } from "vitest";
import { engineOver } from "../alerts/evaluation/engine-over.ts";

test("templates of many alerts are filled in in several turns of the event loop", async () => {
  const series = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x{i="${i}"}`, "1x2"]));
  const annotations = { summary: "{{ $labels.i }} has {{ $value | humanize }}" };
  const { run, engine } = engineOver(
    [{ name: "g", rules: [{ alert: "A", expr: "x > 0", annotations }] }],
    series,
  );
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await run(0, 0);
  isOver = true;
  expect(engine.active()).toHaveLength(3_000);
  expect(turns).toBeGreaterThan(40);
});
