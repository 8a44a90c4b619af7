// A program that starts Tachymeter, as it is without any option: node bench/programs/start.js
import { fromBuild } from "../build.js";

const { start } = await fromBuild("index.js");
start();
