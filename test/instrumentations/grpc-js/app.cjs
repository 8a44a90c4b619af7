// Like app.mjs, as CommonJS.
const { Client, credentials, Server, ServerCredentials } = require("@grpc/grpc-js");

const toBytes = (value) => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes) => JSON.parse(bytes.toString());
const Add = {
  path: "/shop.v1.Cart/Add",
  requestStream: false,
  responseStream: false,
  requestSerialize: toBytes,
  requestDeserialize: fromBytes,
  responseSerialize: toBytes,
  responseDeserialize: fromBytes,
};

const server = new Server();
server.addService(
  { Add },
  { Add: ({ request }, reply) => reply(request === "none" ? { code: 5 } : null, request) },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = (item, done) => client.makeUnaryRequest(Add.path, toBytes, fromBytes, item, done);
  call("apple", () => call("none", () => console.log("done")));
  process.stdin.resume().once("end", () => {
    client.close();
    server.forceShutdown();
  });
});
