#!/usr/bin/env bash
# Unpacks what the tests need of newer Debian releases into .cache/servers, a folder a package, and touches nothing of the
# system: VictoriaMetrics that takes OTLP, and the definitions of OTLP's messages. Nothing where both are there.
set -euo pipefail

suites=(trixie sid)
wanted=(victoria-metrics/trixie opentelemetry-proto/sid prometheus/sid)
servers="$(cd "$(dirname "$0")/../.." && pwd)/.cache/servers"

missing=()
for package in "${wanted[@]}"; do
  [ -d "$servers/${package%/*}" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# The mirror that the system's own packages come from.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/$' || true)"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$mirror" ] || [ ! -e "$keyring" ]; then
  echo "servers: ${missing[*]} missing, and this is no Debian; unpack them into $servers by hand" >&2
  exit 1
fi

mkdir -p "$servers"
apt="$(mktemp -d "$servers/apt.XXXXXX")"
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
  "$mirror" "${suites[*]}" "$keyring" >"$apt/sources/newer.sources"
options=(
  -qq
  -o Dir::Etc::SourceList=/dev/null
  -o "Dir::Etc::SourceParts=$apt/sources"
  -o "Dir::State::Lists=$apt/lists"
  -o "Dir::Cache=$apt/cache"
  # What is downloaded as root would be handed to another user, who may not enter this folder.
  -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update
for package in "${missing[@]}"; do
  (cd "$apt" && apt-get "${options[@]}" download "$package")
  name="${package%/*}"
  dpkg-deb --extract "$apt/$name"_*.deb "$apt/$name"
  # At once or not at all: a folder that is there is whole.
  mv "$apt/$name" "$servers/$name"
  echo "servers: unpacked $package"
done
