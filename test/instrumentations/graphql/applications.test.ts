import { expect, test } from "vitest";
import { bothLoaders, samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the operations of graphql in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    const operation = 'graphql_operation_name="Order",graphql_operation_type="query"';
    expect(samples(text, "graphql_operation_duration_seconds_count")).toEqual([
      `graphql_operation_duration_seconds_count{${operation}} 4`,
      `graphql_operation_duration_seconds_count{error_type="RangeError",${operation}} 1`,
    ]);
  },
);

test.each(bothLoaders())(
  "the operations of GraphQL Yoga in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program: program.replace("app", "yoga"), flag });
    expect(samples(text, "graphql_operation_duration_seconds_count")).toEqual([
      'graphql_operation_duration_seconds_count{graphql_operation_name="Price",graphql_operation_type="query"} 1',
    ]);
    expect(samples(text, "graphql_document_failures_total")).toEqual([
      'graphql_document_failures_total{error_type="GRAPHQL_VALIDATION_FAILED"} 1',
    ]);
  },
);
