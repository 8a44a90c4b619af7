// An uninstrumented application: five queries over MYSQL_URL. Runs until its standard input closes.
const mysql = require("mysql2/promise");

const pool = mysql.createPool(process.env.MYSQL_URL);
void (async () => {
  for (let i = 0; i < 5; i++) await pool.query("SELECT ?", [i]);
  console.log("done");
})();

process.stdin.resume();
process.stdin.once("end", () => void pool.end());
