const { DatabaseSync } = require("node:sqlite");
const Database = require("better-sqlite3");

for (const database of [new DatabaseSync("built-in.db"), new Database("installed.db")]) {
  database.exec("CREATE TABLE birds (name TEXT)");
  const insert = database.prepare("INSERT INTO birds VALUES (?)");
  for (const name of ["owl", "emu", "kea", "kiwi", "ibis"]) insert.run(name);
}
console.log("done");
process.stdin.on("end", () => process.exit()).resume();
