// nitro.config.mjs; in nuxt.config.ts it is part of `nitro: { … }`
import { rollup } from "tachymeter/bundler";

export default { rollupConfig: { plugins: [rollup()] } };
