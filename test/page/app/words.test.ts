import { expect, test } from "vitest";
import type { Tree } from "../../../src/page/app/explore/unit.ts";
import { inWords } from "../../../src/page/app/explore/words.ts";
import { treeDocument } from "../../../src/query/http/tree-document.ts";
import { parse } from "../../../src/query/syntax/parse.ts";

test.each([
  ["up", "up."],
  ['up{job="a",host=~"b.*"} offset 1h', 'up where job is "a" and host matches "b.*", 1 h earlier.'],
  [
    'sum by (route) (rate(requests_total{code!="500"}[5m]))',
    'The sum of the rate per second of requests_total where code is not "500" over 5 min, for each route.',
  ],
  ["sum(increase(requests_total[1d]))", "The sum of the increase of requests_total over 1 d of all series."],
  [
    "histogram_quantile(0.95, sum by (le) (rate(wait_seconds_bucket[5m])))",
    "The 95th percentile of the sum of the rate per second of wait_seconds_bucket over 5 min.",
  ],
  ["topk(3, depth) > 10", "The 3 highest of depth if above 10."],
  ["avg without (host) (depth) / 2", "The mean of depth, for all labels but host, divided by 2."],
  ["max_over_time(depth[1h:5m])", "The highest value of depth, each 5 min over 1 h."],
  ["clamp_max(depth, 5)", "clamp_max(depth, 5)."],
])("%s in words", (expression, words) => {
  const tree: Tree = JSON.parse(JSON.stringify(treeDocument(parse(expression), expression)));
  expect(inWords(tree)).toBe(words);
});
