// Clients of the shop, about 20 orders a second, whether it responds or not. Argument: the port of the shop.
import { get } from "node:http";

const [port] = process.argv.slice(2);

function order() {
  get({ host: "127.0.0.1", port, agent: false }, (response) => response.resume()).on("error", () => {});
  setTimeout(order, 30 + 40 * Math.random());
}

process.stdin.resume().once("close", () => process.exit());
order();
