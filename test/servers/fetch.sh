#!/usr/bin/env bash
# Unpacks packages of newer Debian releases into .cache/servers, one folder each, and changes nothing else on the system:
# a VictoriaMetrics that receives OTLP, the definitions of OTLP's messages, and Prometheus. Skips those that exist.
set -euo pipefail

suites=(trixie sid)
wanted=(victoria-metrics/trixie opentelemetry-proto/sid prometheus/sid)
servers="$(cd "$(dirname "$0")/../.." && pwd)/.cache/servers"

missing=()
for package in "${wanted[@]}"; do
  [ -d "$servers/${package%/*}" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# The mirror of the system's own packages.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/$' || true)"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$mirror" ] || [ ! -e "$keyring" ]; then
  echo "servers: ${missing[*]} missing, and this is not Debian; unpack them into $servers by hand" >&2
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
  # Otherwise root's downloads would run as another user, which cannot enter this folder.
  -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update
for package in "${missing[@]}"; do
  (cd "$apt" && apt-get "${options[@]}" download "$package")
  name="${package%/*}"
  dpkg-deb --extract "$apt/$name"_*.deb "$apt/$name"
  # Atomic: an existing folder is complete.
  mv "$apt/$name" "$servers/$name"
  echo "servers: unpacked $package"
done
