import { beforeAll, describe, expect, test } from "vitest";
import { chaptersOf } from "./chapters.ts";
import { REFERENCE_NAMES } from "./reference-names.ts";
import { isVariable, missing, nameIn, type WhatThereIs, whatThereIs } from "./what-there-is.ts";

let there: WhatThereIs;

beforeAll(async () => {
  there = await whatThereIs();
});

const documents = ["coming-from.md"];

test.each(Object.entries(REFERENCE_NAMES))("every name of %s stands in its chapter", (title, parts) => {
  const rows = chaptersOf("coming-from.md").find((chapter) => chapter.title === title)?.rows ?? [];
  const lost = Object.entries(parts).flatMap(([part, names]) => {
    const codes = rows.filter((row) => row.part === part).flatMap((row) => row.there);
    return names.split(/\s+/).filter((name) => !codes.some((code) => wordsIn(code).includes(name)));
  });
  expect(lost).toEqual([]);
});

describe.each(documents)("%s", (document) => {
  test.each(chaptersOf(document))("what stands for it here exists: $title", ({ rows }) => {
    expect(rows.flatMap(({ here }) => here.map((code) => missing(code, there))).filter(Boolean)).toEqual([]);
  });

  test.each(chaptersOf(document))(
    "what stands for it here is in an example: $title",
    ({ rows, examples }) => {
      const words = new Set(wordsIn(examples));
      const names = rows.flatMap(({ here }) => here.map(nameIn)).filter((name) => !isVariable(name));
      expect(names.filter((name) => !words.has(name.split(".").at(-1) ?? ""))).toEqual([]);
    },
  );
});

test.each(documents)("what has nothing here says why: %s", (document) => {
  const rows = chaptersOf(document).flatMap((chapter) => chapter.rows);
  expect(rows.filter(({ here, remark }) => here.length === 0 && remark === "")).toEqual([]);
});

function wordsIn(text: string): readonly string[] {
  return text.match(/\w+/g) ?? [];
}
