// Servers that do not respond like an engine. No raw JavaScript error is thrown.
import { RemoteHistory } from "tachymeter/history";
import { expect, test } from "vitest";
import { listening } from "../kit/listening.ts";

const SUCCESS = '{"status":"success"';

test.for([
  ["truncated JSON", `${SUCCESS},"da`],
  ["null", "null"],
  ["a list", "[]"],
  ["a success without data", `${SUCCESS}}`],
  ["data that are null", `${SUCCESS},"data":null}`],
  ["a list of null", `${SUCCESS},"data":[null,1]}`],
  ["a series that is null", `${SUCCESS},"data":{"result":[null]}}`],
  ["points of numbers", `${SUCCESS},"data":{"result":[{"metric":{"a":1},"values":[[1,2]]}]}}`],
  ["a point beyond all dates", `${SUCCESS},"data":{"result":[{"metric":{},"value":[1e300,"1"]}]}}`],
  ["lists nested 50,000 deep", `${SUCCESS},"data":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
] as const)("an error names an engine that responds with %s, and the remedy", async ([, answer]) => {
  // The request for metric names has a valid response, so that the query continues.
  const names = '{"status":"success","data":["queue_size"]}';
  const url = await listening((request, response) => {
    const isName = request.url?.includes("/label/") === true && request.headers["x-names"] === "valid";
    response.end(isName ? names : answer);
  });
  for (const headers of [{}, { "x-names": "valid" }]) {
    const history = new RemoteHistory({ url, headers });
    const asked = [
      () => history.query({ metric: "queue_size", from: 0, to: 100, aggregate: "LAST" }),
      () => history.query({ metric: "queue_size", to: 100, step: 10, aggregate: "MEAN", by: [] }),
      () => collected(history.metrics()),
      () => collected(history.series("queue_size")),
    ];
    for (const ask of asked)
      await expect(ask()).rejects.toThrow(
        /^remote history "http:\/\/127\.0\.0\.1:\d+": not a Prometheus HTTP API; url must be the address before \/api\/v1$/,
      );
    await history.close();
  }
});

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
