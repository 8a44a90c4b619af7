import { setTimeout as pause } from "node:timers/promises";
import { routes } from "../routes.js";

export const application = {
  title: "bull-board with BullMQ",
  packages: {
    "@bull-board/express": "9.10.1",
    "@bull-board/api": "9.10.1",
    bullmq: "6.7.0",
    ioredis: "5.8.2",
    express: "5.3.0",
  },
  measured: "jobs, queues, Redis, routes",
  ready: "/admin/queues",
  files: {
    "app.js": `
      const { createBullBoard } = require("@bull-board/api");
      const { BullMQAdapter } = require("@bull-board/api/bullMQAdapter");
      const { ExpressAdapter } = require("@bull-board/express");
      const { Queue, Worker } = require("bullmq");
      const express = require("express");
      const connection = { host: "127.0.0.1", port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
      const queue = new Queue("mails", { connection });
      const worker = new Worker("mails", async (job) => {
        if (job.data.n % 10 === 0) throw new Error("failed");
      }, { connection });
      const adapter = new ExpressAdapter().setBasePath("/admin/queues");
      createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter });
      const app = express();
      app.use("/admin/queues", adapter.getRouter());
      app.get("/add", async (request, response) => {
        await queue.add("mail", { n: Number(request.query.n) });
        response.send("added");
      });
      app.listen(process.env.PORT, "127.0.0.1");`,
  },
  before: ({ emptyRedis }) => void emptyRedis(),
  command: () => ["app.js"],
  environment: ({ port, redis }) => ({ PORT: `${port}`, REDIS_PORT: `${redis.port}` }),
  async drive(request) {
    for (let i = 0; i < 50; i++) await request("GET", `/add?n=${i}`);
    await pause(1_500);
    for (let i = 0; i < 5; i++)
      await request("GET", "/admin/queues/api/queues?activeQueue=mails&page=1&jobsPerPage=10");
    for (let i = 1; i < 11; i++) await request("GET", `/admin/queues/api/queues/mails/${i}`);
    await request("PUT", "/admin/queues/api/queues/mails/pause");
    await request("PUT", "/admin/queues/api/queues/mails/resume");
  },
  series: {
    ...routes({
      "GET /add": 50,
      "GET /admin/queues/api/queues/:queueName/:jobId": 10,
      "PUT /admin/queues/api/queues/:queueName/pause": 1,
    }),
    'messages_sent_total{messaging_destination_name="mails"}': 50,
    'messages_received_total{messaging_destination_name="mails"}': 50,
    'db_client_operation_duration_seconds_count{db_operation_name="EVALSHA"}': true,
  },
};
