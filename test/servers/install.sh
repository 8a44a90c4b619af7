#!/usr/bin/env bash
# Installs the servers and tools that the tests talk to, from Debian's packages; nothing where all are there.
# Prometheus's package brings promtool, which has one of its own from Debian 13 on.
set -euo pipefail

# What is newer than this Debian is unpacked into a folder of the project's, and never keeps the rest from being installed.
bash "$(dirname "$0")/fetch.sh" || echo "servers: not all of them could be fetched" >&2
bash "$(dirname "$0")/fetch-mongodb.sh" || echo "servers: congodb could not be installed" >&2

missing=()
for program in prometheus promtool curl pgrep openssl setpriv protoc redis-server nats-server etcd kcat; do
  command -v "$program" >/dev/null || missing+=("$program")
done
# In the path of nobody, a folder a version.
compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
# Debian's own Python, since another one may come first in the path.
/usr/bin/python3 -c "import prometheus_client" 2>/dev/null || missing+=(python3-prometheus-client)
# In the path of root alone, and in that of nobody.
[ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
[ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
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
    echo "servers: ${missing[*]} missing, and neither root nor sudo is at hand; run this as root" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# RUNLEVEL=1: the tests start their servers themselves, the packages start none.
apt=(${as_root[@]+"${as_root[@]}"} env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
"${apt[@]}" update || echo "servers: apt-get update failed; trying with the lists that are here" >&2
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
