/** The operation twenty times, then operations that fail, and some that fail to parse or are not valid. */
export async function operations(request, path, query) {
  const post = (json) => request("POST", path, { json });
  for (let i = 0; i < 20; i++) await post({ query });
  for (let i = 0; i < 5; i++) await post({ query: "query Boom { boom }" });
  await post({ query: "{ nope }" });
  await post({ query: "{ bad" });
  for (let i = 0; i < 5; i++) await post({ query: `query N${i} { __typename }` });
}
