import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the gRPC services of %s started with %s are components of its health",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "health_component_status").toSorted()).toEqual([
      'health_component_status{health_component="grpc"} 1',
      'health_component_status{health_component="shop.v1.Cart"} 3',
    ]);
  },
);
