// Loaded before the shop.
import { start } from "tachymeter";

start(JSON.parse(process.env.OPTIONS));
