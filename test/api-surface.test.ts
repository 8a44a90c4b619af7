import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { ownEntryPoints } from "./kit/source-imports.ts";
import { publicDeclarations } from "./public-declarations.ts";

const surfaces = publicDeclarations(join(inject("runFolder"), "declarations"));

test.each([...ownEntryPoints.keys()])(
  "the public names of %s have the types of the snapshot",
  async (name) => {
    const file = name.replace("tachymeter/", "").replaceAll("/", "-");
    await expect(surfaces.get(name)).toMatchFileSnapshot(`api-surface/${file}.d.ts`);
  },
);
