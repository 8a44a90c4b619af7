// Loaded before the shop: starts Tachymeter with the options in OPTIONS.
import { start } from "tachymeter";

start(JSON.parse(process.env.OPTIONS));
