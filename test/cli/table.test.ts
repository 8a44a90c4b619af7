import { expect, test } from "vitest";
import { tableText } from "../../src/cli/texts.ts";

const columns = [{ title: "COMMAND" }, { title: "RUNS", isNumber: true }, { title: "LAST" }];

test("columns are as wide as their widest cell, and numbers are aligned to the right", () => {
  const rows = [
    ["deploy", "7", "today"],
    ["roll back all", "1200", "yesterday"],
  ];
  expect(tableText(columns, rows)).toBe(
    "COMMAND        RUNS  LAST\ndeploy            7  today\nroll back all  1200  yesterday\n",
  );
});

test("in a narrow terminal the widest text column is cut, so that numbers stay visible", () => {
  const rows = [
    ["pay", "7", "today"],
    ["command.name=a very long one", "1200", "today"],
  ];
  expect(tableText(columns, rows, 30)).toBe(
    "COMMAND            RUNS  LAST\npay                   7  today\ncommand.name=a v…  1200  today\n",
  );
});

test("a line is at most as wide as the terminal", () => {
  expect(tableText(columns, [["a".repeat(20), "7", "today"]], 12)).toBe(
    `COMMAND    …\n${"a".repeat(9)}… …\n`,
  );
});

test("wide characters and emoji take two columns, and are not cut in halves", () => {
  const rows = [
    ["注文を処理する", "7", "今日"],
    ["roll back", "1200", "yesterday"],
    ["🚀🚀🚀🚀🚀🚀🚀🚀", "3", "today"],
  ];
  expect(tableText(columns, rows)).toBe(
    `COMMAND           RUNS  LAST
注文を処理する       7  今日
roll back         1200  yesterday
🚀🚀🚀🚀🚀🚀🚀🚀     3  today
`,
  );
  expect(tableText(columns, rows, 28)).toBe(
    `COMMAND      RUNS  LAST
注文を処理…     7  今日
roll back    1200  yesterday
🚀🚀🚀🚀🚀…     3  today
`,
  );
});

test("control characters are escaped", () => {
  expect(tableText([{ title: "TEXT" }], [["a\nb\u001B[2Jc\td"]])).toBe(
    String.raw`TEXT|a\nb\u001b[2Jc\td|`.replaceAll("|", "\n"),
  );
});

test("there may be any number of rows", () => {
  const rows = Array.from({ length: 200_000 }, () => ["x"]);
  expect(tableText([{ title: "" }], rows).split("\n")).toHaveLength(200_002);
});
