// Faults of the shop, by name: each is called again and again, with the parts of the shop, from its start to its end.
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const sessions = [];
const sockets = [];
const catalogue = JSON.stringify(
  Array.from({ length: 260_000 }, (_, id) => ({ id, name: `item ${id}`, price: id % 97, tags: [] })),
);
let user = 0;

export const FAULTS = {
  heapLeak: () => rememberSession(),
  slowDatabase: ({ pool }) => pool.query("UPDATE delays SET seconds = 0.6"),
  lockContention: ({ locked }) => locked("stock", () => sleep(600)),
  blockedLoop: async () => {
    countStock();
    await sleep(700);
  },
  largeDocument: async () => {
    importCatalogue();
    await sleep(500);
  },
  badPattern: async () => {
    matchCoupon();
    await sleep(700);
  },
  descriptorLeak: ({ stockPort }) => {
    sockets.push(connect({ host: "127.0.0.1", port: stockPort }).on("error", () => {}));
  },
  manySeries: ({ logins }) => {
    for (let i = 0; i < 200; i++) logins.add(1, { user: user++ });
  },
  clockChange: () => writeFileSync(process.env.FAKETIME_TIMESTAMP_FILE, "+1h"),
  crash: () => {
    throw new Error("the cache is corrupt");
  },
};

function rememberSession() {
  sessions.push(Array.from({ length: 10_000 }, (_, id) => ({ id })));
}

function countStock() {
  const end = performance.now() + 900;
  let count = 0;
  while (performance.now() < end) count += Math.sqrt(count + 1);
  return count;
}

function importCatalogue() {
  return JSON.parse(catalogue).length;
}

function matchCoupon() {
  return /^(?:a+)+$/.test(`${"a".repeat(27)}!`);
}
