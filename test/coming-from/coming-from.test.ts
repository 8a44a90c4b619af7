import { beforeAll, describe, expect, test } from "vitest";
import { chaptersOf } from "./chapters.ts";
import { promClientNames, sdkMetricsNames } from "./library-names.ts";
import { REFERENCE_NAMES } from "./reference-names.ts";
import { isVariable, missing, nameIn } from "./look-up.ts";
import { type WhatThereIs, whatThereIs } from "./what-there-is.ts";

let there: WhatThereIs;

beforeAll(async () => {
  there = await whatThereIs();
});

const documents = ["coming-from.md", "from-prom-client.md", "from-sdk-metrics.md"];

test.each(Object.entries(REFERENCE_NAMES))("every name of %s is in its chapter", (title, parts) => {
  const rows = chaptersOf("coming-from.md").find((chapter) => chapter.title === title)?.rows ?? [];
  const lost = Object.entries(parts).flatMap(([part, names]) => {
    const codes = rows.filter((row) => row.part === part).flatMap((row) => row.there);
    return names.split(/\s+/).filter((name) => !codes.some((code) => wordsIn(code).includes(name)));
  });
  expect(lost).toEqual([]);
});

test("every name of prom-client is on its page, those of its default metrics included", async () => {
  expect(unmentioned(await promClientNames(), "from-prom-client.md")).toEqual([]);
});

test("every name of sdk-metrics is on its page", () => {
  expect(unmentioned(sdkMetricsNames(), "from-sdk-metrics.md")).toEqual([]);
});

describe.each(documents)("%s", (document) => {
  test.each(chaptersOf(document))("all replacements exist: $title", ({ rows }) => {
    expect(rows.flatMap(({ here }) => here.map((code) => missing(code, there))).filter(Boolean)).toEqual([]);
  });

  test.each(chaptersOf(document))(
    "what stands for it here is in an example: $title",
    ({ rows, examples }) => {
      const words = new Set(wordsIn(examples));
      const names = rows.flatMap(({ here }) =>
        here.flatMap((code) => [lastNameIn(code), ...optionsIn(code)]),
      );
      expect(names.filter((name) => !isVariable(name) && !words.has(name))).toEqual([]);
    },
  );
});

test.each(documents)("every name without a replacement has a reason: %s", (document) => {
  const rows = chaptersOf(document).flatMap((chapter) => chapter.rows);
  expect(rows.filter(({ here, remark }) => here.length === 0 && remark === "")).toEqual([]);
});

function unmentioned(names: readonly string[], document: string): readonly string[] {
  const words = new Set(
    chaptersOf(document).flatMap(({ rows }) => rows.flatMap((row) => row.there.flatMap(wordsIn))),
  );
  return names.filter((name) => !words.has(name));
}

function lastNameIn(code: string): string {
  return nameIn(code).split(".").at(-1) ?? "";
}

// `maxAge` and `maxFiles` of `new EventLog({ maxAge, maxFiles })`.
function optionsIn(code: string): readonly string[] {
  return wordsIn(/\(.*\{(.*)\}/.exec(code)?.[1] ?? "");
}

function wordsIn(text: string): readonly string[] {
  return text.match(/\w+/g) ?? [];
}
