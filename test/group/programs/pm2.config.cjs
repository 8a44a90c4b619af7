// In mode `cluster` flags of Node.js come too late, so that the program imports `tachymeter/register` itself.
const common = { script: "pm2-app.mjs", cwd: __dirname, instances: 2, kill_timeout: 6_000 };

module.exports = {
  apps: [
    { ...common, name: "clustered", exec_mode: "cluster" },
    { ...common, name: "forked", exec_mode: "fork" },
  ],
};
