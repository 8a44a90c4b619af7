import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { Application } from "tachymeter/facades";
import { beforeAll, beforeEach, expect, expectTypeOf, test } from "vitest";
import { application as writeApplication, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

let application: Application;

beforeAll(async () => {
  await packedProject();
});
beforeEach(() => void (application = new Application()));

const calls = (): Record<string, number> => application.getCallCounts();

function shop() {
  return class Shop {
    readonly rates: readonly number[];
    constructor(rates: readonly number[]) {
      this.rates = rates;
    }
    @application.timer()
    checkout(cart: readonly number[], rate = 0): number {
      return cart.reduce((sum, price) => sum + price, 0) * this.rates[rate]!;
    }
    @application.timer("shop.load", { tier: "gold" })
    async load<T>(value: T): Promise<T> {
      return value;
    }
    @application.timer()
    get total(): number {
      return this.rates.length;
    }
    @application.timer()
    set total(value: number) {
      throw new RangeError(`no ${value}`);
    }
    @application.timer()
    handle = (factor: number): number => factor * this.rates[0]!;
    @application.timer()
    *rows(): Generator<number> {
      yield* this.rates;
    }
    @application.timer()
    async *pages(): AsyncGenerator<number, string, undefined> {
      yield* this.rates;
      return "end";
    }
    @application.timer()
    static open(): string {
      return this.name;
    }
    @application.timer()
    #secret(): number {
      return this.rates[1]!;
    }
    reveal(): number {
      return this.#secret();
    }
  };
}

test("decorated methods work as before, and are recorded by their names", async () => {
  const Shop = shop();
  const one = new Shop([2, 3]);
  expect(one.checkout([1, 2, 3], 1)).toBe(18);
  expect(await one.load("a")).toBe("a");
  expect(one.total).toBe(2);
  expect(() => (one.total = 5)).toThrow(RangeError);
  expect(one.handle(10)).toBe(20);
  expect([...one.rows()]).toEqual([2, 3]);
  const pages: number[] = [];
  for await (const page of one.pages()) pages.push(page);
  expect(pages).toEqual([2, 3]);
  expect(Shop.open()).toBe(Shop.name);
  expect(one.reveal()).toBe(3);
  expect(calls()).toMatchObject({
    checkout: 1,
    "shop.load": 1,
    total: 2,
    handle: 1,
    rows: 1,
    pages: 1,
    open: 1,
    "#secret": 1,
  });
  const failed = application.getCollectedMetrics().filter(({ tags }) => "error.type" in tags);
  expect(failed).toMatchObject([{ name: "total", tags: { "error.type": "RangeError" } }]);
});

test("decorated methods keep their name, length, place and type", () => {
  const Shop = shop();
  const one = new Shop([2, 3]);
  expect(Shop.prototype).toHaveProperty("checkout.name", "checkout");
  expect(Shop.prototype).toHaveProperty("checkout.length", 1);
  expect(Object.keys(one)).toEqual(["rates", "handle"]);
  expect(Object.getOwnPropertyDescriptor(Shop.prototype, "checkout")).toMatchObject({
    writable: true,
    configurable: true,
    enumerable: false,
  });
  expectTypeOf<typeof one.checkout>().toEqualTypeOf<(cart: readonly number[], rate?: number) => number>();
  expectTypeOf(one.load("a")).toEqualTypeOf<Promise<string>>();
  expectTypeOf<typeof one.pages>().toEqualTypeOf<() => AsyncGenerator<number, string, undefined>>();
  expectTypeOf<typeof one.handle>().toEqualTypeOf<(factor: number) => number>();
});

test("calls of a field's function are recorded together for all objects", () => {
  const Shop = shop();
  new Shop([1, 2]).handle(1);
  new Shop([1, 2]).handle(1);
  expect(calls()).toEqual({ handle: 2 });
});

test("a target without a function cannot be decorated", () => {
  expect(() => {
    class Shop {
      // @ts-expect-error -- no function
      @application.timer()
      count = 5;
    }
    return new Shop();
  }).toThrow('timer "count": its target is a value of type number');
  expect(() => {
    class Shop {
      // @ts-expect-error -- an accessor
      @application.timer()
      accessor count = 5;
    }
    return new Shop();
  }).toThrow('timer "count": it decorates an accessor');
  expect(() => {
    // @ts-expect-error -- a class
    @application.timer()
    class Shop {
      count = 5;
    }
    return new Shop();
  }).toThrow('timer "Shop": it decorates a class');
});

const program = `
import { Application } from "tachymeter/facades";
const application = new Application();
class Shop {
  rate = 2;
  @application.timer()
  checkout(price: number): number {
    return price * this.rate;
  }
  @application.timer("shop.load", { tier: "gold" })
  async load<T>(value: T): Promise<T> {
    return value;
  }
  @application.timer()
  get total(): number {
    return this.rate;
  }
  set total(value: number) {
    this.rate = value;
  }
  @application.timer()
  set budget(value: number) {
    throw new RangeError(String(value));
  }
  @application.timer()
  static open(): string {
    return this.name;
  }
  @application.timer()
  async *pages(): AsyncGenerator<number> {
    yield this.rate;
  }
}
const shop = new Shop();
const answers: unknown[] = [shop.checkout(4), await shop.load("a"), shop.total, Shop.open()];
shop.total = 9;
for await (const page of shop.pages()) answers.push(page);
try {
  shop.budget = 5;
} catch (error) {
  answers.push(String(error));
}
console.log(JSON.stringify({
  answers,
  signature: [shop.checkout.name, shop.checkout.length],
  calls: application.getCallCounts(),
  tags: application.getCollectedMetrics().find(({ name }) => name === "shop.load")?.tags,
}));
`;

// With these decorators, neither the compiler nor the program has a function for a field.
const experimentalField = `
import { Application } from "tachymeter/facades";
const application = new Application();
export function wrong(): unknown {
  class Wrong {
    // @ts-expect-error
    @application.timer()
    handle = (): number => 5;
  }
  return Wrong;
}
try {
  wrong();
} catch (error) {
  console.log(String(error));
}
`;

/** Compiles programs in a separate project, as a user of TypeScript does, and returns their output. */
async function outputsOf(
  sources: Readonly<Record<string, string>>,
  decorators: object,
): Promise<readonly string[]> {
  const compilerOptions = {
    ...decorators,
    target: "es2022",
    lib: ["es2022"],
    module: "nodenext",
    moduleResolution: "nodenext",
    types: ["node"],
    strict: true,
  };
  const cwd = await writeApplication({
    ...sources,
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  });
  const compiler = resolve(import.meta.dirname, "..", "..", "node_modules", "typescript", "bin", "tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd });
  const programs = Object.keys(sources).map((name) => name.replace(/\.ts$/, ".js"));
  return Promise.all(programs.map(async (name) => outputOf(runNode({ cwd, args: [name] }))));
}

test.each([
  ["TC39's decorators", {}],
  ["TypeScript's experimental decorators", { experimentalDecorators: true }],
])("%s, compiled by TypeScript, time a program alike", async (_kind, decorators) => {
  const [output] = await outputsOf({ "program.ts": program }, decorators);
  expect(JSON.parse(output!)).toEqual({
    answers: [8, "a", 2, "Shop", 9, "RangeError: 5"],
    signature: ["checkout", 1],
    calls: { checkout: 1, "shop.load": 1, total: 1, budget: 1, open: 1, pages: 1 },
    tags: { tier: "gold" },
  });
});

test("an experimental decorator of a field is refused", async () => {
  const [output] = await outputsOf({ "field.ts": experimentalField }, { experimentalDecorators: true });
  expect(output).toContain('TimerTargetError: timer "handle": it decorates a field; wrap a function');
});
