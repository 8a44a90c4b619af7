/** All items of an asynchronous iterable; `Array.fromAsync` requires Node.js 22. */
export async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
