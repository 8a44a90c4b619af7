import { expect, test } from "vitest";
import type { Where } from "tachymeter/history";
import { asked } from "./asked.ts";
import { filledStore } from "./filled-store.ts";

const store = filledStore({
  resource: { "service.name": "shop", "host.name": "h" },
  times: [0],
  series: [
    { attributes: { "http.route": "/a", status: 200 }, cells: [1] },
    { attributes: { "http.route": "/b", status: 404 }, cells: [2] },
    { attributes: { "http.route": "/b", ok: true }, cells: [3] },
    { attributes: { "host.name": "own" }, cells: [4] },
  ],
});

test.each<[Where, number[]]>([
  [{}, [1, 2, 3, 4]],
  [{ "http.route": "/b" }, [2, 3]],
  [{ http_route: "/b" }, [2, 3]],
  [{ status: "200" }, [1]],
  [{ status: ["200", "404"] }, [1, 2]],
  [{ status: { not: "200" } }, [2, 3, 4]],
  [{ status: "" }, [3, 4]],
  [{ status: { not: "" } }, [1, 2]],
  [{ ok: "true" }, [3]],
  [{ "service.name": "shop", status: "404" }, [2]],
  [{ "service.name": "other" }, []],
  [{ "host.name": "h" }, [1, 2, 3]],
  [{ nobody: "has" }, []],
  [{ constructor: "", toString: { not: "x" } }, [1, 2, 3, 4]],
])("%j matches the expected series", async (where, expected) => {
  const found = await asked(store, { where });
  const values = typeof found === "string" ? found : found.map(([, points]) => points[0]?.[1]);
  expect(values).toEqual(expect.arrayContaining(expected));
  expect(values).toHaveLength(expected.length);
});

test("attributes of the result have the names of `by`, and their original types", async () => {
  expect(await asked(store, { by: ["status"], aggregate: "LAST" })).toEqual([
    [{ status: 200 }, [[100_000, 1]]],
    [{ status: 404 }, [[100_000, 2]]],
    [{}, [[100_000, 7]]],
  ]);
  expect(
    await asked(store, { by: ["http_route", "service.name"], aggregate: "LAST", where: { status: "200" } }),
  ).toEqual([[{ http_route: "/a", "service.name": "shop" }, [[100_000, 1]]]]);
});
