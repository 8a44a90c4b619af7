// `oracledb` in thin mode above a network that is replaced: no Oracle Database is at hand. The library resolves connect
// strings, builds its messages and keeps its pools itself. The answer to each message comes at once and has no rows.
const Connection = require("oracledb/lib/connection.js");
const Protocol = require("oracledb/lib/thin/protocol/protocol.js");
const { NetworkSession } = require("oracledb/lib/thin/sqlnet/networkSession.js");

exports.credentials = { user: "shopkeeper", password: "s3cret" };

Object.assign(NetworkSession.prototype, {
  async connect1({ hostname, port }) {
    this.sAtts = { sdu: 8_192, version: 319 };
    this.ntAdapter = { hostName: hostname, port, connected: true, packets: [], getOption: () => hostname };
    this.controlPkt = {};
    this.connected = true;
  },
  disconnect() {
    this.ntAdapter = null;
    this.connected = false;
  },
});

Object.assign(Protocol.prototype, {
  async _encodeMessage() {},
  async _decodeMessage(message) {
    message.preProcess();
    await new Promise(setImmediate);
    const sql = message.statement?.sql ?? "";
    if (message.constructor.name === "AuthMessage") authenticate(message);
    // Else the library asks for it by a query.
    this.caps.dbTzOffset = 0;
    if (sql.includes("NOWHERE")) fail(message, 942, "ORA-00942: table or view does not exist");
    if (sql.includes("LOST")) fail(message, 28, "ORA-00028: your session has been killed");
  },
});

function fail(message, num, text) {
  message.errorOccurred = true;
  message.errorInfo = { message: text, num, pos: 0 };
}

function authenticate(message) {
  message.sessionData = {
    AUTH_DBNAME: "SHOP",
    AUTH_SC_DBUNIQUE_NAME: "SHOP",
    AUTH_SC_REAL_DBUNIQUE_NAME: "SHOP_EU",
    AUTH_VERSION_NO: "386138112",
  };
  // As versions 6.3 and above do it, some of them while they decode the message.
  if ("dbName" in Connection.prototype) message.conn.dbName = "SHOP";
}
