#!/usr/bin/env bash
# What a dependent of timed_stream is told of mistakes. Needs no arguments; those that are given are the
# steps to run.
set -euo pipefail
cd "$(dirname "$0")"
bazelw=$PWD/../../tools/bazelw
readonly bazelw
readonly flag=--@timed_stream//backends:backend
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'tests/dependents/mistakes.sh: %s\n' "$1" >&2
  exit 1
}

# one_error PATTERN COMMAND...: the command fails, with one line of this pattern.
one_error() {
  local pattern="$1" output
  shift
  if output=$("$@" 2>&1); then fail "this should fail: $*"; fi
  [ "$(grep -cE -- "$pattern" <<<"$output")" = 1 ] || fail "not one line with '$pattern': $output"
  grep -E -- "$pattern" <<<"$output"
}

an_unknown_backend() { one_error "invalid value 'kqueue'.*epoll.*io_uring.*io_uring_native" "$bazelw" build --nobuild $flag=kqueue //client; }

# All of it is skipped for a system without epoll and io_uring; by name it is refused, and says why.
# (The toolchains are for x86-64 machines.)
another_system() {
  local system arguments output
  for system in macos windows; do
    arguments=("--platforms=//platforms:$system" "--extra_toolchains=//platforms:${system}_compiler")
    output=$("$bazelw" build --show_result=100 "${arguments[@]}" //client/... //beast/... 2>&1) || fail "it is not skipped on $system: $output"
    grep -q '^Target //client:program was skipped' <<<"$output" || fail "it is not skipped on $system: $output"
    one_error "//platforms:$system\) didn't satisfy constraint .*//os:linux" "$bazelw" build --nobuild "${arguments[@]}" //client
  done
}

# bazelw says so; where Bazel is called itself, bazel_compatibility in MODULE.bazel does.
an_old_bazel() {
  printf '#!/bin/sh\necho bazel 7.5.0\n' >"$folder/bazel"
  chmod +x "$folder/bazel"
  cp "$folder/bazel" "$folder/bazelisk" # which bazelw prefers
  one_error 'bazel is 7\.5\.0; 7\.6\.0 or newer is needed' env "PATH=$folder:$PATH" BAZELW_MODE=system "$bazelw" build //client
}

# Where this repository is not in the registry.
a_forgotten_override() {
  mkdir "$folder/without"
  printf 'bazel_dep(name = "timed_stream", version = "%s")\n' "$(../../tools/version)" >"$folder/without/MODULE.bazel"
  cd "$folder/without"
  one_error 'module timed_stream@.* not found in registries' "$bazelw" mod graph
  "$bazelw" shutdown
  cd - >/dev/null
}

all=(an_unknown_backend another_system an_old_bazel a_forgotten_override)
steps=("$@")
[ $# != 0 ] || steps=("${all[@]}")
for step in "${steps[@]}"; do
  [[ " ${all[*]} " == *" $step "* ]] || fail "there is no step '$step'. There are: ${all[*]}"
  printf '%s:\n' "$step"
  "$step"
done
echo "mistakes: ${#steps[@]} steps passed"
