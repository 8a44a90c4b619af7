// An uninstrumented application: calls its own server of Connect twice. Runs until its standard input closes.
import { createServer } from "node:http";
import { create, createFileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_wrappers } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";

const method = { inputType: ".google.protobuf.StringValue", outputType: ".google.protobuf.StringValue" };
const file = create(FileDescriptorProtoSchema, {
  name: "cart.proto",
  package: "shop.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [{ name: "Cart", method: [{ ...method, name: "Add" }] }],
});
const Cart = createFileRegistry(file, () => file_google_protobuf_wrappers).getService("shop.v1.Cart");

const add = ({ value }) => {
  if (value === "none") throw new ConnectError("none", Code.NotFound);
  return { value };
};
const server = createServer(connectNodeAdapter({ routes: (router) => router.service(Cart, { add }) }));
async function call() {
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const client = createClient(Cart, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
  await client.add({ value: "apple" });
  await client.add({ value: "none" }).catch(() => {});
  console.log("done");
}

server.listen(0, "127.0.0.1", () => void call());
process.stdin.resume().once("end", () => server.close());
