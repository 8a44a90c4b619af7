#!/usr/bin/env bash
# Installs the servers and tools that the tests need, from Debian's packages; does nothing if all are installed.
# Prometheus' package contains promtool, which is a separate package from Debian 13 on.
set -euo pipefail

# Programs newer than this Debian are unpacked into a folder of the project. If that fails, the rest is installed anyway.
bash "$(dirname "$0")/fetch.sh" || echo "servers: not all of them could be fetched" >&2
bash "$(dirname "$0")/fetch-mongodb.sh" || echo "servers: congodb could not be installed" >&2

missing=()
for program in prometheus promtool prometheus-pushgateway curl pgrep openssl setpriv protoc redis-server nats-server etcd kcat faketime chromium; do
  command -v "$program" >/dev/null || missing+=("$program")
done
# Not in the path: one folder for each version.
compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
# Debian's own Python, since another one may come first in the path.
/usr/bin/python3 -c "import prometheus_client" 2>/dev/null || missing+=(python3-prometheus-client)
# Has the template that it needs to start.
[ -e /usr/share/prometheus/alertmanager/default.tmpl ] || missing+=(prometheus-alertmanager)
# The first two are in root's path only, the third in no path.
[ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
[ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
# A library for Java, which comes with it.
[ -e /usr/share/java/zookeeper.jar ] || missing+=(zookeeper)
if [ ${#missing[@]} -eq 0 ]; then
  echo "servers: all are installed"
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "servers: ${missing[*]} missing, and there is no apt-get; install them by hand" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "servers: ${missing[*]} missing, but this needs root or sudo; run this as root" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# RUNLEVEL=1: the packages must not start their servers, since the tests do.
apt=(${as_root[@]+"${as_root[@]}"} env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
"${apt[@]}" update || echo "servers: apt-get update failed; trying with the existing lists" >&2
packages=()
for program in "${missing[@]}"; do
  case "$program" in
    promtool) apt-cache show promtool >/dev/null 2>&1 && packages+=(promtool) || packages+=(prometheus) ;;
    pgrep) packages+=(procps) ;;
    setpriv) packages+=(util-linux) ;;
    protoc) packages+=(protobuf-compiler) ;;
    etcd) packages+=(etcd-server) ;;
    *) packages+=("$program") ;;
  esac
done
"${apt[@]}" install --yes --no-install-recommends "${packages[@]}"
