// Clients of the shop, whether it responds or not. Argument: the port of the shop.
import { get } from "node:http";

const [port] = process.argv.slice(2);
const PATHS = ["/orders/1", "/orders/2", "/orders/3", "/items", "/items", "/checkout", "/report", "/ask"];
let turn = 0;

function visit() {
  const path = PATHS[turn++ % PATHS.length];
  get({ host: "127.0.0.1", port, path, agent: false }, (response) => response.resume()).on("error", () => {});
  setTimeout(visit, 60 + 60 * Math.random());
}

process.stdin.resume().once("close", () => process.exit());
visit();
