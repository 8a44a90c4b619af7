#!/usr/bin/env bash
# Installs a server of MongoDB's protocol, written in JavaScript, into .cache/servers, since Debian has none. No install
# script runs. Does nothing if it is installed.
set -euo pipefail

servers="$(cd "$(dirname "$0")/../.." && pwd)/.cache/servers"
[ ! -d "$servers/congodb" ] || exit 0

mkdir -p "$servers"
folder="$(mktemp -d "$servers/npm.XXXXXX")"
trap 'rm -rf "$folder"' EXIT
# Hundreds of packages that the server does not import are replaced by one that it needs anyway.
cat >"$folder/package.json" <<'JSON'
{
  "private": true,
  "dependencies": { "@push.rocks/smartmongo": "2.2.0" },
  "overrides": {
    "@push.rocks/mongodump": "npm:@push.rocks/smartpromise@4.2.3",
    "@push.rocks/smartdata": "npm:@push.rocks/smartpromise@4.2.3",
    "mongodb-memory-server": "npm:@push.rocks/smartpromise@4.2.3"
  }
}
JSON
(cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
# Readable for the unprivileged user that runs it. Atomic: an existing folder is complete.
chmod 755 "$folder"
mv "$folder" "$servers/congodb"
echo "servers: installed congodb"
