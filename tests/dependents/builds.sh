#!/usr/bin/env bash
# Builds all that is in this repository as its users may, and runs it. Needs no arguments; those that are
# given are the ways to build it, which are listed at the end.
set -euo pipefail
cd "$(dirname "$0")"
bazelw=$PWD/../../tools/bazelw
readonly bazelw
readonly flag=--@timed_stream//backends:backend
readonly over_a_library=(//client:client_test //client:program //client:linked_dynamically //shared/...)
readonly VENDORED=${VENDORED:-libboost1.81-dev} # Debian 12's; has Asio 1.26
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'tests/dependents/builds.sh: %s\n' "$1" >&2
  exit 1
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$work/log" 2>&1 </dev/null || { tail -n 100 "$work/log"; fail "this failed: $*"; }; }

prints() { # prints LINE COMMAND...
  local output
  output=$(timeout --kill-after=10 120 "$bazelw" --exec "${@:2}") || fail "this failed, or took more than 120 s: ${*:2}"
  [ "$output" = "$1" ] || fail "${*:2} prints '$output' and not '$1'"
  printf '  %s: %s\n' "${*:2}" "$output"
}

# with_a_library BACKEND FLAG...: a test and programs over a library, linked statically and dynamically, and
# a shared library that is loaded.
with_a_library() {
  local backend="$1" program
  set -- "$flag=$backend" "${@:2}"
  quietly "$bazelw" test "$@" "${over_a_library[@]}"
  printf '  %s: %s\n' "$backend" "$(grep '^Executed ' "$work/log")"
  needs_library libclient.so bazel-bin/client/client_test
  needs_library libclient.so bazel-bin/client/linked_dynamically
  for program in client/program client/linked_dynamically "shared/loads_it bazel-bin/shared/libasks.so"; do
    # shellcheck disable=SC2086  # a word for each
    prints "$backend hello timeout" bazel-bin/$program
  done
}

# refused PATTERN COMMAND...: the command fails, and says so.
refused() {
  if "${@:2}" >"$work/log" 2>&1 </dev/null; then fail "this should fail: ${*:2}"; fi
  grep -qE -- "$1" "$work/log" || { tail -n 100 "$work/log"; fail "this failed for another reason: ${*:2}"; }
  printf '  refused: %s\n' "$(grep -E -- "$1" "$work/log" | head -n 1)"
}

needs_library() { # needs_library NAME PROGRAM
  quietly "$bazelw" --exec readelf --dynamic "$2"
  grep -q "NEEDED.*$1" "$work/log" || fail "$2 is not linked with $1: $(cat "$work/log")"
}

# mode WORD FLAG...: the same with flags; each command of the compiler has the WORD. Compiled once for all
# ways of linking.
mode() {
  local backend
  for backend in epoll io_uring_native; do with_a_library "$backend" --force_pic "${@:2}"; done
  printf '  '
  ../modes/every_compilation "$1" --force_pic "${@:2}" "${over_a_library[@]}" || fail "this does not reach all that is compiled: $1"
}

as_it_is() {
  local backend
  for backend in epoll io_uring io_uring_native; do with_a_library "$backend"; done
}

beast() {
  local backend
  for backend in epoll io_uring io_uring_native; do
    quietly "$bazelw" build "$flag=$backend" //beast:requests
    prints "$backend 200 /hello" bazel-bin/beast/requests
  done
}

# Whatever the flag says.
two_backends_in_one_build() {
  local backend
  quietly "$bazelw" build "$flag=io_uring" //client:program_epoll //client:program_io_uring_native
  for backend in epoll io_uring_native; do prints "$backend hello timeout" "bazel-bin/client/program_$backend"; done
}

cxx23() { mode -std=c++23 --cxxopt=-std=c++23; }
debug_containers() { mode -D_GLIBCXX_DEBUG --cxxopt=-D_GLIBCXX_DEBUG; }
lto() { mode -flto=auto --copt=-O2 --copt=-flto=auto --linkopt=-O2 --linkopt=-flto=auto --linkopt=-Werror=odr --linkopt=-Werror=lto-type-mismatch; }
clang() {
  local clang
  clang=$(../modes/clang_for_bazel "${CLANG_VERSION:-19}") || fail "there is no Clang"
  mode "$clang" "--repo_env=CC=$clang"
}

# A Boost.Asio of another version, in this repository, beside ours. If it is header-only, nothing reports it
# on epoll (docs/bazel.md, "Known limits").
vendored_asio() {
  local folder=vendored/include/boost uring=$flag=io_uring
  if [ ! -e "$folder/asio.hpp" ]; then
    (cd "$work" && apt-get update -q && apt-get download -q "$VENDORED" && dpkg-deb -x "$VENDORED"_*.deb .) >"$work/log" 2>&1 || { cat "$work/log"; fail "apt has no $VENDORED here. Name this release's package of Boost's headers, as in VENDORED=libboost1.83-dev"; }
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$work"/usr/include/boost/asio{,.hpp} "$folder"
  fi
  quietly "$bazelw" build "$uring" //vendored:waits # it compiles by itself
  refused 'this program contains Boost.Asio twice' "$bazelw" run "$uring" //vendored:header_only
  refused '(multiple definition of|duplicate symbol:).* .?boost::asio::' "$bazelw" build "$uring" //vendored:compiled
  refused '(multiple definition of|duplicate symbol:).* .?boost::asio::' "$bazelw" build "$flag=epoll" //vendored:compiled
}

all=(as_it_is beast two_backends_in_one_build cxx23 debug_containers lto clang vendored_asio)
steps=("$@")
[ $# != 0 ] || steps=("${all[@]}")
for step in "${steps[@]}"; do
  [[ " ${all[*]} " == *" $step "* ]] || fail "there is no way '$step'. There are: ${all[*]}"
  began=$SECONDS
  printf '%s:\n' "$step"
  "$step"
  printf '  %d s\n' $((SECONDS - began))
done
echo "builds: ${#steps[@]} passed"
