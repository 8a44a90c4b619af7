/** A service of Connect, as a code generator would make it. */
import { createRequire } from "node:module";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";

const require = createRequire(import.meta.url);
// The copy that the library requires.
const { create, toBinary }: typeof import("@bufbuild/protobuf") = require("@bufbuild/protobuf");
const {
  fileDesc,
  serviceDesc,
}: typeof import("@bufbuild/protobuf/codegenv2") = require("@bufbuild/protobuf/codegenv2");
const wkt: typeof import("@bufbuild/protobuf/wkt") = require("@bufbuild/protobuf/wkt");

interface Method<Kind extends string> {
  methodKind: Kind;
  input: typeof StringValueSchema;
  output: typeof StringValueSchema;
}

type Methods = {
  add: Method<"unary">;
  upload: Method<"client_streaming">;
  watch: Method<"server_streaming">;
  drop: Method<"unary">;
};

const STREAMS: Readonly<Record<string, readonly [client: boolean, server: boolean]>> = {
  Add: [false, false],
  Upload: [true, false],
  Watch: [false, true],
  Drop: [false, false],
};
const TEXT = ".google.protobuf.StringValue";

const file = create(wkt.FileDescriptorProtoSchema, {
  name: "cart.proto",
  package: "shop.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Cart",
      method: Object.entries(STREAMS).map(([name, [clientStreaming, serverStreaming]]) => ({
        name,
        inputType: TEXT,
        outputType: TEXT,
        clientStreaming,
        serverStreaming,
      })),
    },
  ],
});
const bytes = Buffer.from(toBinary(wkt.FileDescriptorProtoSchema, file));

export const Cart: GenService<Methods> = serviceDesc(
  fileDesc(bytes.toString("base64"), [wkt.file_google_protobuf_wrappers]),
  0,
);
