import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Packs the package of the working directory into a folder, as it is built. Returns the file. */
export function packedTarball(folder) {
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    encoding: "utf8",
  });
  return join(folder, packed.trim().split("\n").at(-1));
}
