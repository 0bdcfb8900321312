#!/usr/bin/env bash
# Builds the CPU image where no registry of images can be reached: the base is made from Debian's packages
# and a CPython of this machine, and gets the name that the Dockerfile uses; everything else is the
# Dockerfile, unchanged. Needs root, buildah, debootstrap, and a Python 3.12 installation of its own.
#
#   deploy/image/build-offline.sh [TAG]            default: platestream:0.1.0
#
# | PYTHON_PREFIX  | folder of the CPython; default: that of python3.12 on the PATH or of pyenv |
# | DEBIAN_MIRROR  | mirror for debootstrap; default: the one that this machine's apt uses     |
# | STORAGE        | folder of base, layers and image (some 3 GB); default: build/image        |
# | PIP_CONFIG     | pip's configuration for the build; default: /etc/pip.conf where there is one |
# | CA_BUNDLE      | authorities that the build trusts; default: those of this machine         |
#
# Mirror, configuration and authorities are of the build alone: none of them is in the image. Its base is
# larger than the official one, and is for trying the image, not for publishing it.
set -euo pipefail
self="$(realpath "$0")"
cd "$(dirname "$self")/../.."

tag="${1:-platestream:0.1.0}"
case "$tag" in
  -*) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$self"; exit 64 ;;
esac
base="$(sed -n 's/^FROM \(.*\) AS cpu$/\1/p' Dockerfile)"
python="${base#python:}"
python="${python%%-*}"
release="${base##*-}"
storage="$(realpath -m "${STORAGE:-build/image}")"
pip_config="${PIP_CONFIG:-/etc/pip.conf}"
ca_bundle="${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}"
rootfs="$storage/rootfs"
# What CPython's modules link to, and what its users expect of a slim image.
libraries=ca-certificates,libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1,netbase,tzdata,zlib1g

for tool in buildah debootstrap; do
  command -v "$tool" >/dev/null || { echo "build-offline: there is no $tool on the PATH" >&2; exit 69; }
done

store() {
  # Neither overlayfs nor a kernel's namespaces are needed: it works inside a container, too.
  buildah --storage-driver vfs --root "$storage/layers" --runroot "$storage/run" "$@"
}

# pyenv's python3.12 on the PATH may be one that only says that it is not switched on.
find_prefix() {
  local candidate
  for candidate in "python$python" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$python".*/bin/python; do
    "$candidate" -c 'import sys; print(sys.base_prefix)' 2>/dev/null && return
  done
  echo "build-offline: there is no python$python on the PATH: set PYTHON_PREFIX" >&2
  return 69
}

make_base() {
  local prefix="${PYTHON_PREFIX:-}" mirror="${DEBIAN_MIRROR:-}"
  if [ -z "$prefix" ]; then
    prefix="$(find_prefix)"
  fi
  if [ "$prefix" = /usr ]; then
    echo "build-offline: $prefix is the system's own Python: set PYTHON_PREFIX to one apart from it" >&2
    exit 69
  fi
  if [ -z "$mirror" ]; then
    mirror="$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" | sort -u | head -n 1)"
  fi
  rm -rf "$rootfs"
  mkdir -p "$rootfs"
  debootstrap --variant=minbase --include="$libraries" "$release" "$rootfs" ${mirror:+"$mirror"} \
    >"$storage/debootstrap.log" || { tail -n 5 "$storage/debootstrap.log" >&2; exit 1; }
  rm -rf "$rootfs"/var/cache/apt/* "$rootfs"/var/lib/apt/lists/* "$rootfs"/usr/share/{doc,man,locale}
  rm -f "$rootfs"/etc/apt/sources.list
  # Without tests, headers, static libraries and whatever was installed into it on this machine.
  tar -C "$prefix" --exclude='site-packages/*' --exclude='__pycache__' --exclude='test' \
    --exclude='*.a' --exclude='include' --exclude='share' -cf - bin/"python$python" lib |
    tar -C "$rootfs/usr/local" --no-same-owner -xf -
  ln -sf "python$python" "$rootfs/usr/local/bin/python3"
  ln -sf python3 "$rootfs/usr/local/bin/python"
  chroot "$rootfs" ldconfig
  chroot "$rootfs" python -m ensurepip --default-pip >/dev/null
  store from --name base scratch >/dev/null
  store add --quiet base "$rootfs" / >/dev/null
  store config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin --cmd python3 base
  store commit --quiet base "docker.io/library/$base" >/dev/null
  store rm base >/dev/null
  rm -rf "$rootfs"
}

seconds() { echo "build-offline: $1 in $((SECONDS - since)) s" >&2; }

since=$SECONDS
mkdir -p "$storage"
if store inspect --type image "docker.io/library/$base" >/dev/null 2>&1; then
  echo "build-offline: $base is there already" >&2
else
  make_base
  seconds "made $base"
fi

mounts=()
[ -f "$pip_config" ] && mounts+=(--volume "$pip_config:/etc/pip.conf:ro")
[ -f "$ca_bundle" ] && mounts+=(--volume "$ca_bundle:/etc/ssl/certs/ca-certificates.crt:ro")
since=$SECONDS
# The docker format keeps HEALTHCHECK, which OCI's has no place for.
store build --isolation chroot --format docker --layers --pull=never --target cpu "${mounts[@]}" \
  --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --build-arg CREATED="$(date --utc +%Y-%m-%dT%H:%M:%SZ)" \
  --tag "$tag" . >"$storage/build.log" 2>&1 || { tail -n 20 "$storage/build.log" >&2; exit 1; }
seconds "built $tag"
size() { store images --format '{{.Size}}' "$1"; }
echo "build-offline: $tag is $(size "$tag"), $(size "docker.io/library/$base") of it the base" >&2
