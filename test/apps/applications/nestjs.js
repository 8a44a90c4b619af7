import { routes } from "../routes.js";

export const application = {
  title: "NestJS",
  packages: {
    "@nestjs/common": "12.5.1",
    "@nestjs/core": "12.5.1",
    "@nestjs/platform-express": "12.5.1",
    "reflect-metadata": "0.2.2",
    rxjs: "7.8.2",
  },
  measured: "routes with the prefix, failures",
  ready: "/api/health",
  files: {
    "app.mjs": `
      import "reflect-metadata";
      import { Controller, Get, Module, Param, Post, RequestMethod } from "@nestjs/common";
      import { NestFactory } from "@nestjs/core";
      const method = (type, name, decorator) =>
        decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
      class Cats {
        all() { return []; }
        one(id) { return { id }; }
        boom() { throw new Error("boom"); }
        health() { return "well"; }
      }
      method(Cats, "all", Get("cats"));
      method(Cats, "one", Get("cats/:id"));
      Param("id")(Cats.prototype, "one", 0);
      method(Cats, "boom", Post("cats/:id/boom"));
      method(Cats, "health", Get("health"));
      Controller()(Cats);
      class App {}
      Module({ controllers: [Cats] })(App);
      const app = await NestFactory.create(App, { logger: ["error"] });
      app.setGlobalPrefix("api");
      app.enableShutdownHooks();
      await app.listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 20; i++) await request("GET", `/api/cats/${i}`);
    await request("GET", "/api/cats");
    for (let i = 0; i < 5; i++) {
      await request("POST", `/api/cats/${i}/boom`);
      await request("GET", `/api/nope/${i}`);
    }
    await request("OPTIONS", "/api/cats");
    await request("HEAD", "/api/cats");
  },
  series: {
    ...routes({ "GET /api/cats/:id": 20, "GET /api/cats": 1, "POST /api/cats/:id/boom": 5 }),
  },
};
