#!/usr/bin/env bash
# Verifies that the first mistakes of a new user give one short error that names the remedy: see
# BUILD. Needs no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  printf 'tests/first_errors/check.sh: %s\n' "$1" >&2
  exit 1
}

# errors_of ARGS...: what the compiler reports as errors in a build that has to fail. Compiles the
# targets only, not what they would be linked with.
errors_of() {
  local output
  if output=$(tools/bazelw build --output_groups=compilation_outputs "$@" 2>&1); then
    fail "this should not build: $*"
  fi
  grep -E '^[^ ]+:[0-9]+:[0-9]+: (fatal )?error: ' <<<"$output" || fail "this failed for another reason: $output"
}

# fails_with_one_error PATTERN ARGS...
fails_with_one_error() {
  local pattern="$1" errors
  shift
  errors=$(errors_of "$@") || exit 1
  [ "$(wc -l <<<"$errors")" = 1 ] || fail "more than one error: $errors"
  grep -qF -- "$pattern" <<<"$errors" || fail "the error does not name $pattern: $errors"
}

# Each public header by itself, and each source file of ours: one error that names the flag, and the
# one that ends it.
headers=$(grep -c '^    "timed/.*\.h",$' tests/headers/headers.bzl)
mapfile -t each < <(seq -f '//tests/first_errors:header_%g' 0 $((headers - 1)))
errors=$(errors_of --keep_going --cxxopt=-std=c++17 "${each[@]}" //backends //backends:uring) || exit 1
named=$(grep -cF '#error timed_stream needs C++20: bazel build --cxxopt=-std=c++20' <<<"$errors") || fail "the flag is not named: $errors"
ended=$(grep -cF 'C++20 (see the error above)' <<<"$errors") || fail "the compiler goes on: $errors"
total=$(wc -l <<<"$errors")
[ "$named" = "$ended" ] && [ "$((named + ended))" = "$total" ] || fail "there are other errors: $errors"
[ "$named" -gt "$headers" ] || fail "$named files are refused, and there are more than $headers headers: $errors"

fails_with_one_error 'timed::backend::io_context' --//backends:backend=io_uring_native //tests/first_errors:stream_on_asio_context
fails_with_one_error '@timed_stream//third_party/asio' //tests/first_errors:header_only_asio
fails_with_one_error 'No backend is defined, or two are. Depend on @timed_stream' //tests/first_errors:without_backend

echo "first errors are short: C++17 in $named files, a stream on Asio's context, header-only Asio, no backend"
