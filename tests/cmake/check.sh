#!/usr/bin/env bash
# CMakeLists.txt as its users use it: by find_package after an installation, and by FetchContent; on each
# backend; and what it says of wrong input. Needs cmake. The compiler, Boost's headers and liburing's
# sources are those that bazelw has, and programs run there.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in cmake make pkg-config; do
  type -P "$tool" >/dev/null || { apt-get update -q && apt-get install -q -y --no-install-recommends cmake make pkg-config; } >&2
done
make_dependencies() {
  tools/bazelw --exec true # makes the root file system, if need be
  local places files modules
  places=$(tools/bazelw --where)
  files=$(sed -n 's/^bazel in //p' <<<"$places")
  modules=$(sed -n 's|^configured by \(.*\)/bazelrc$|\1|p' <<<"$places")
  local libraries
  libraries=lib/$(uname -m)-linux-gnu
  mkdir -p "$work/boost/include" "$work/boost/$libraries"
  ln -s "$files/usr/include/boost" "$work/boost/include/boost" # alone: the C library's are there too
  cp -r "$files/usr/$libraries/cmake" "$work/boost/$libraries/cmake"
  boost_dir=$(echo "$work/boost/$libraries"/cmake/Boost-*)
  printf '#!/bin/sh\nexec %q --exec g++ "$@"\n' "$root/tools/bazelw" >"$work/c++"
  chmod +x "$work/c++"
  cp -rL "$modules/modules/liburing" "$work/liburing"
  tools/bazelw --exec bash -euc '
    cd "$1/liburing"
    ./configure --use-libc --prefix="$1/installed"
    make -C src
    make install
  ' make_liburing "$work" >"$work/log" 2>&1 || { tail "$work/log"; return 1; }
  export PKG_CONFIG_PATH=$work/installed/lib/pkgconfig
}

# configure SOURCES FOLDER ARGS...: without a warning. Boost is found by its BoostConfig.cmake, unless
# WITHOUT_BOOST is set.
configure() {
  local arguments=(-DCMAKE_CXX_COMPILER="$work/c++") output status=0
  [ -n "${WITHOUT_BOOST:-}" ] || arguments+=(-DBoost_DIR="$boost_dir")
  output=$(cmake -S "$1" -B "$2" "${arguments[@]}" "${@:3}" 2>&1) || status=$?
  printf '%s\n' "$output"
  [ "$status" != 0 ] || ! grep -q 'Warning' <<<"$output" || return 1
  return "$status"
}

says_timeout_on() {
  local output
  output=$(tools/bazelw --exec "$1/consumer")
  printf '%s: %s\n' "$1" "$output"
  [ "$output" = "timeout on $2" ]
}

refused_with() {
  local pattern="$1" output
  shift
  if output=$("$@" 2>&1); then
    printf 'This should have failed: %s\n' "$*"
    return 1
  fi
  tr -s '\n ' ' ' <<<"$output" | grep -qE -- "$pattern" || { printf '%s\n' "$output"; return 1; }
}

make_dependencies
for backend in epoll io_uring io_uring_native; do
  build=$work/$backend
  configure "$root" "$build" -DTIMED_STREAM_BACKEND=$backend -DCMAKE_INSTALL_PREFIX="$build/prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib >"$work/log" || { cat "$work/log"; exit 1; }
  cmake --build "$build" --parallel 2 --target install >"$work/log" || { tail -n 50 "$work/log"; exit 1; }
  configure tests/cmake/consumer "$build/found" -DCMAKE_PREFIX_PATH="$build/prefix" >"$work/log"
  cmake --build "$build/found" >"$work/log" || { tail -n 50 "$work/log"; exit 1; }
  says_timeout_on "$build/found" $backend
done
WITHOUT_BOOST=1 configure tests/cmake/consumer "$work/fetched" -DTIMED_STREAM_SOURCE="$root" -DBoost_INCLUDE_DIR="$work/boost/include" >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/fetched" --parallel 2 >"$work/log" || { tail -n 50 "$work/log"; exit 1; }
says_timeout_on "$work/fetched" epoll
refused_with "'kqueue'; it has to be epoll, io_uring or io_uring_native" \
  configure "$root" "$work/refused" -DTIMED_STREAM_BACKEND=kqueue
mkdir -p "$work/old/boost"
echo '#define BOOST_VERSION 108300' >"$work/old/boost/version.hpp"
refused_with "Boost 1.90 or newer is needed; found: '108300'" \
  configure "$root" "$work/refused_old" -DBoost_INCLUDE_DIR="$work/old"
refused_with "Boost 1.90 or newer is needed; found: ''" \
  configure "$root" "$work/refused_none" -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON
PKG_CONFIG_PATH='' PKG_CONFIG_LIBDIR=/nowhere refused_with 'needs liburing 2.9 or newer' \
  configure "$root" "$work/refused_too" -DTIMED_STREAM_BACKEND=io_uring
