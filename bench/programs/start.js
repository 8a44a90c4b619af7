// A program that starts Tachymeter, as it is without any option: node bench/programs/start.js
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";

const { start } = await import(pathToFileURL(entryFile("index.js")).href);
start();
