// One file of express.mjs and its libraries, which are measured there as in files of their own.
//   node bundle.mjs && node --import tachymeter/register express.cjs
import { build } from "esbuild";
import { esbuild } from "tachymeter/bundler";

await build({
  entryPoints: ["express.mjs"],
  outfile: "express.cjs",
  bundle: true,
  platform: "node",
  external: ["tachymeter", "@opentelemetry/api"],
  plugins: [esbuild()],
});
