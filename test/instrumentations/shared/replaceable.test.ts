import { expect, test } from "vitest";
import { withReplaceable } from "../../../instrumentations/shared/exports.ts";

test("assignable exports stay as they are; others get one assignable copy", () => {
  const plain = { Made: 1 };
  expect(withReplaceable(plain, ["Made"])).toBe(plain);
  // In the form that bundlers write.
  const sealed = Object.defineProperties(
    {},
    {
      Made: { get: () => 1, enumerable: true },
      other: { get: () => 2, enumerable: true },
      __esModule: { value: true },
    },
  );
  const copy = Object(withReplaceable(sealed, ["Made"]));
  expect(copy).not.toBe(sealed);
  expect(copy).toEqual({ Made: 1, other: 2 });
  expect(Reflect.get(copy, "__esModule")).toBe(true);
  copy.Made = 3;
  expect(copy).toEqual({ Made: 3, other: 2 });
  expect(withReplaceable(sealed, ["Made"])).toBe(copy);
});
