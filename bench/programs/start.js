// A program that starts Tachymeter with its default options: node bench/programs/start.js
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";

const { start } = await import(pathToFileURL(entryFile("index.js")).href);
start();
