// An uninstrumented application: five queries at ORACLE_DATABASE. Runs until its standard input closes.
import oracledb from "oracledb";
import answered from "./answered.cjs";

const pool = await oracledb.createPool({
  ...answered.credentials,
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

process.stdin.resume();
process.stdin.once("end", () => void pool.close(0));
