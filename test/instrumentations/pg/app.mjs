// An uninstrumented application: five queries over PG_URL. Runs until its standard input closes.
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.PG_URL });
for (let i = 0; i < 5; i++) await pool.query("SELECT $1::int", [i]);
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void pool.end());
