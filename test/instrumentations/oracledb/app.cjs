// An uninstrumented application: five queries at ORACLE_DATABASE. Runs until its standard input closes.
const { credentials } = require("./answered.cjs");
const oracledb = require("oracledb");

void (async () => {
  const pool = await oracledb.createPool({
    ...credentials,
    connectString: process.env.ORACLE_DATABASE,
    poolMin: 0,
    poolMax: 2,
  });
  for (let i = 0; i < 5; i++) {
    const connection = await pool.getConnection();
    await connection.execute("SELECT :1 FROM dual", [i]);
    await connection.close();
  }
  console.log("done");
  process.stdin.once("end", () => void pool.close(0));
})();

process.stdin.resume();
