import fc from "fast-check";
import { expect, test } from "vitest";
import { hashFrom, routeFrom, spanFrom, viewOf } from "../../../src/page/app/state/address.ts";

test("an address that is written is read again, with any name and any parameter", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("area", "instrument", "kernel", "process"),
      fc.string({ unit: "grapheme" }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ unit: "grapheme", minLength: 1 })),
      (page, name, params) => {
        const route = routeFrom(hashFrom(page, name, Object.entries(params)));
        expect(route).toEqual({ page, name, params: new Map(Object.entries(params)) });
      },
    ),
  );
});

test("an empty address is the overview, and an invalid escape is text", () => {
  expect(routeFrom("")).toEqual({ page: "overview", name: "", params: new Map() });
  expect(routeFrom("#/instrument/%E0%A4%A").name).toBe("%E0%A4%A");
});

test.each([
  ["", { kind: "live", seconds: 900 }],
  ["range=3600", { kind: "live", seconds: 3_600 }],
  ["range=-5", { kind: "live", seconds: 900 }],
  ["range=x", { kind: "live", seconds: 900 }],
  ["range=1e99", { kind: "live", seconds: 900 }],
  ["from=100&to=200", { kind: "past", from: 100, to: 200 }],
  ["from=200&to=100", { kind: "live", seconds: 900 }],
  ["from=100", { kind: "live", seconds: 900 }],
])("the times of the address %o", (query, span) => {
  expect(spanFrom(new Map(new URLSearchParams(query)))).toEqual(span);
});

test.each([
  ["#/overview", "overview"],
  ["#/area/http", "area/http"],
  ["#/processes", "area/process"],
  ["#/kernels", "area/kernels"],
  ["#/kernel/a%2Fb", "kernel/a%2Fb"],
  ["#/instrument/x_total?by=http_route", "instrument/x_total?by=http_route"],
  ["#/explore?q=up", "explore"],
  ["#/area/missing", "explore"],
  ["#/missing", "explore"],
])("the view of %s is %s", (hash, view) => {
  expect(viewOf(routeFrom(hash))).toBe(view);
});

test("a vast screen shows the whole overview", () => {
  expect(viewOf(routeFrom("#/overview"), true)).toBe("overview/whole");
  expect(viewOf(routeFrom("#/area/http"), true)).toBe("area/http");
});
