// Series that began within the shown range: their first values are increases from 0, though there is no earlier sample.
import { expect, test } from "vitest";
import { plainRequest, servedPage } from "./kit/served-page.ts";

test("a chart shows what was counted before the first collection, and an expression does not", async () => {
  const { telemetry, stream } = await servedPage();
  const orders = telemetry.meterProvider.getMeter("shop").createCounter("orders");
  orders.add(30);
  const events = await stream("instrument/orders_total", "1m");
  const view = await events.next("view");
  const { time, charts } = await events.next("points", (points) => points.time > view.to);
  events.close();
  const value = charts.find(({ id }) => id === "rate")?.values[0];
  expect(value).toBeGreaterThan(0);
  const query = await telemetry.query("increase(orders_total[1m])", { time });
  expect(query).toMatchObject({ series: [{ value: 0 }] });
});

test("the files of the page are compressed for clients of each kind", async () => {
  const { url } = await servedPage();
  const encodingFor = async (accepted: string): Promise<unknown> => {
    const { status, headers } = await plainRequest(`${url}/`, { headers: { "accept-encoding": accepted } });
    expect(status).toBe(200);
    return headers["content-encoding"];
  };
  expect(await encodingFor("gzip, deflate, br")).toBe("br");
  // Browsers over plain HTTP, from another machine.
  expect(await encodingFor("gzip, deflate")).toBe("gzip");
  expect(await encodingFor("gzip;q=0")).toBeUndefined();
});
