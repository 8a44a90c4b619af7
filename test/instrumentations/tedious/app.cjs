// An uninstrumented application: five queries and a procedure at SQL_SERVER_PORT. Runs until its standard input closes.
const sql = require("mssql");

void (async () => {
  const pool = new sql.ConnectionPool({
    server: "127.0.0.1",
    port: Number(process.env.SQL_SERVER_PORT),
    user: "shopkeeper",
    password: "s3cret",
    database: "shop",
    options: { encrypt: false },
    pool: { min: 0, max: 2 },
    validateConnection: false,
  });
  await pool.connect();
  for (let i = 0; i < 5; i++) await pool.request().input("id", sql.Int, i).query("SELECT @id AS n");
  await pool.request().execute("dbo.checkout");
  console.log("done");
  process.stdin.once("end", () => void pool.close());
})();

process.stdin.resume();
