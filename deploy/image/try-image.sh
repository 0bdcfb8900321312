#!/usr/bin/env bash
# Runs the image that build-offline.sh made as the chart does: as nobody special, with nothing writable but
# /tmp. The HTTP interface must become ready, be healthy and stop when told, the demo must read its frames,
# and with a Kafka the service a frame of its. Needs root, podman and runc.
#
#   deploy/image/try-image.sh [TAG]                default: platestream:0.1.0
#
# | KAFKA   | brokers, host:port with commas; without it no frame is read from a real Kafka  |
# | STORAGE | folder of the image; default: build/image                                      |
set -euo pipefail
self="$(realpath "$0")"
cd "$(dirname "$self")/../.."

tag="${1:-platestream:0.1.0}"
case "$tag" in
  -*) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$self"; exit 64 ;;
esac
storage="$(realpath -m "${STORAGE:-build/image}")"
# Ports that nothing else uses: the network is the machine's, for a container inside one gets no other.
telemetry="${TELEMETRY_PORT:-19108}"
port="${PORT:-18080}"
stream="${STREAM_PORT:-19109}"
name=platestream-try

for tool in podman runc curl; do
  command -v "$tool" >/dev/null || { echo "try-image: there is no $tool on the PATH" >&2; exit 69; }
done

container() {
  podman --storage-driver vfs --root "$storage/layers" --runroot "$storage/run" \
    --runtime "$(command -v runc)" --cgroup-manager cgroupfs "$@"
}

inside() { container exec "$name" "$@"; }

fail() {
  echo "try-image: $1" >&2
  exit 1
}

since=$SECONDS
trap 'container rm --force --ignore "$name" >/dev/null 2>&1' EXIT
# One container for all, since without overlayfs each costs a copy of the image. Limits are named, for a
# container inside a container cannot raise them; no timer asks for its health, which takes systemd.
container run --rm --name "$name" --pull=never --network host --log-driver=none --health-interval=disable \
  --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
  --read-only --tmpfs /tmp:size=256m --cap-drop all --security-opt no-new-privileges \
  --env "PLATESTREAM_TELEMETRY__PORT=$telemetry" --env "PLATESTREAM_WEB__PORT=$port" \
  "$tag" serve --no-auth &
server=$!
# The copy is most of it; loading the models takes seconds.
for _ in $(seq 240); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz" && break
  kill -0 "$server" 2>/dev/null || fail "the interface ended at its start"
  sleep 1
done
curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz" || fail "the interface is not ready"
echo "try-image: the interface was ready after $((SECONDS - since)) s" >&2

who="$(inside python -c 'import os; print(os.getuid(), os.getgid())')"
[ "$who" = "10001 10001" ] || fail "it runs as $who"
if inside python -c 'open("/opt/platestream/x", "w")' 2>/dev/null; then
  fail "it may write to its own folder"
fi
# As often as the image says: on a busy machine starting a Python takes longer than one try may.
for try in 1 2 3 4; do
  container healthcheck run "$name" && break
  [ "$try" -lt 4 ] || fail "the image's health check is not content"
done

since=$SECONDS
inside platestream demo --out /tmp/demo || fail "the demo failed"
echo "try-image: the demo ran in $((SECONDS - since)) s" >&2

if [ -n "${KAFKA:-}" ]; then
  since=$SECONDS
  inside platestream run --bootstrap-servers "$KAFKA" --set kafka.create_topics=true \
    --set "telemetry.port=$stream" &
  for _ in $(seq 120); do
    curl --silent --fail --output /dev/null "http://127.0.0.1:$stream/readyz" && break
    sleep 1
  done
  inside platestream probe --bootstrap-servers "$KAFKA" --timeout 90 ||
    fail "no frame was read from Kafka"
  echo "try-image: a frame was read from Kafka after $((SECONDS - since)) s" >&2
fi

container stop --time 30 "$name" >/dev/null
wait "$server" || fail "the interface ended with $?"
echo "try-image: the interface stopped when told; all is well" >&2
