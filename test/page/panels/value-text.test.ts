import { expect, test } from "vitest";
import { panelValueText, seriesName, valueText } from "../../../src/page/panels/index.ts";

test.each([
  [0, "By", "0 B"],
  [1_536, "By", "1.5 KiB"],
  [5 * 1024 ** 3, "By", "5 GiB"],
  [2_048, "By/s", "2 KiB/s"],
  [0.000_012_3, "s", "12.3 µs"],
  [0.25, "s", "250 ms"],
  [90, "s", "1.5 min"],
  [200_000, "s", "2.31 d"],
  [-0.5, "s", "-500 ms"],
  [0.4217, "1", "42.2 %"],
  [61.26, "Cel", "61.3 °C"],
  [302.4, "W", "302 W"],
  [1_234_567, "{message}", "1234567"],
  [0.012_345, "", "0.0123"],
  [3.5, "{message}/s", "3.5/s"],
  [3.5, "1/s", "3.5/s"],
  [Infinity, "By", "Infinity"],
])("%d in %j reads %j", (value, unit, text) => {
  expect(valueText(value, unit)).toBe(text);
});

test("a value of a state panel is the name of the state, or the number if the state is unknown", () => {
  const panel = { unit: "1", states: { 0: "stopped", 1: "active" } };
  expect(panelValueText(panel, 1)).toBe("active");
  expect(panelValueText(panel, 7)).toBe("7");
  expect(panelValueText({ unit: "1" }, 1)).toBe("100 %");
});

test.each([
  ["used {{instance}}", { instance: "a:1" }, "used a:1"],
  ["{{kernel_id}} {{kernel_queue}}", { kernel_queue: "in" }, "in"],
  ["limit {{instance}}", {}, "limit"],
  ["{{instance}}", {}, ""],
  ["{{toString}}", {}, ""],
  ["{{a}}", { a: "{{b}} $&", b: "c" }, "{{b}} $&"],
])("the legend %j of the labels %j reads %j", (legend, labels, name) => {
  expect(seriesName(legend, labels)).toBe(name);
});
