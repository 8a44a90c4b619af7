// The group of a process, by its options and its environment.
import { join } from "node:path";
import { expect, test } from "vitest";
import { groupFolderIn, placeOf, variablesForChildren } from "../../../src/group/processes/place.ts";

const parent = { id: "0123456789abcdef", pid: 17 };
const shop = { serviceName: "shop" };

test("a process without a name makes a group for itself and its children", () => {
  const [one, two] = [placeOf(shop, {}), placeOf(shop, {})];
  expect(one).toMatchObject({ directory: undefined, service: "shop", isPrivate: true, parent: undefined });
  expect(one.name).toMatch(/^[0-9a-f]{16}$/);
  expect(two.name).not.toBe(one.name);
});

test("a child of the same service is in the group of its parent, and knows the parent", () => {
  const env = variablesForChildren("/run/x", placeOf(shop, {}), parent);
  expect(env).toEqual({
    TACHYMETER_GROUP_DIRECTORY: "/run/x",
    TACHYMETER_GROUP_PARENT: "0123456789abcdef:17:shop",
  });
  expect(placeOf(shop, env)).toMatchObject({
    directory: "/run/x",
    service: "shop",
    isPrivate: false,
    parent,
  });
  // The options are read from the same variable.
  expect(placeOf({ ...shop, directory: "/run/x" }, env)).toMatchObject({ directory: "/run/x", parent });
});

test("a child of another service is in another group", () => {
  const npm = placeOf({ serviceName: "npm" }, {});
  const place = placeOf(shop, variablesForChildren("/run/x", npm, parent));
  expect(place.parent).toBeUndefined();
  expect(groupFolderIn("/run/x", place)).not.toBe(groupFolderIn("/run/x", npm));
});

test("a named group is found by its name and service", () => {
  const place = placeOf({ ...shop, name: "front" }, {});
  expect(place).toMatchObject({ directory: undefined, name: "front", isPrivate: false });
  expect(placeOf({ ...shop, name: "front" }, {})).toEqual(place);
});

test("a child with the name of its parent's group is in it, one with another name is not", () => {
  const env = variablesForChildren("/run/front", placeOf({ ...shop, name: "front" }, {}), parent);
  expect(placeOf({ ...shop, name: "front" }, env)).toMatchObject({ directory: "/run/front", parent });
  expect(placeOf({ ...shop, name: "back" }, env)).toMatchObject({
    directory: undefined,
    name: "back",
    parent: undefined,
  });
});

test("a given directory has a directory for each name", () => {
  expect(placeOf({ ...shop, directory: "/d" }, {})).toMatchObject({ directory: "/d", isPrivate: false });
  // The option stands for the variable, unless a configuration file replaces it.
  const variable = { TACHYMETER_GROUP_DIRECTORY: "/d" };
  expect(placeOf({ ...shop, directory: "/d" }, variable)).toMatchObject({ directory: "/d" });
  expect(placeOf(shop, variable)).toMatchObject({ directory: undefined, isPrivate: true });
  const named = { ...shop, directory: "/d", name: "front" };
  expect(placeOf(named, {})).toMatchObject({ directory: join("/d", "front") });
  const env = variablesForChildren(join("/d", "front"), placeOf(named, {}), parent);
  expect(placeOf(named, env)).toMatchObject({ directory: join("/d", "front"), parent });
});

test("the processes of one pm2 and one service are one group", () => {
  const of = (env: Record<string, string>) => placeOf(shop, { PM2_HOME: "/root/.pm2", ...env }).name;
  const first = of({ pm_id: "0", name: "web" });
  expect(first).toMatch(/^pm2-[0-9a-f]{8}$/);
  expect(of({ pm_id: "1", name: "web" })).toBe(first);
  expect(of({ pm_id: "2", name: "api" })).toBe(first);
  expect(of({ pm_id: "0", name: "web", PM2_HOME: "/other" })).not.toBe(first);
  expect(of({ name: "web" })).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
  ["shop", /^shop$/],
  ["unknown_service:node", /^unknown_service-[0-9a-f]{8}$/],
  ["../../etc/passwd", /^etc-passwd-[0-9a-f]{8}$/],
  ["Shop", /^shop-[0-9a-f]{8}$/],
  ["läden", /^l-den-[0-9a-f]{8}$/],
  ["", /^[0-9a-f]{8}$/],
  ["x".repeat(300), /^x{16}-[0-9a-f]{8}$/],
])("service %j has a short folder of its own", (serviceName, folder) => {
  expect(placeOf({ serviceName }, {}).service).toMatch(folder);
});

test.each(["", "x", "0123456789abcdef:17", "0123456789abcdef:17:", "0123456789abcdef:x:shop"])(
  "variable %j of the parent is ignored",
  (value) => {
    const env = { TACHYMETER_GROUP_DIRECTORY: "/run/x", TACHYMETER_GROUP_PARENT: value };
    expect(placeOf(shop, env).parent).toBeUndefined();
  },
);
