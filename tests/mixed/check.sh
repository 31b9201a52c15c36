#!/usr/bin/env bash
# Holds that a program with two Boost.Asios in it is refused: see BUILD. Needs no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  printf 'tests/mixed/check.sh: %s\n' "$1" >&2
  exit 1
}

for name in mixed_statically mixed_dynamically; do
  output=$(tools/bazelw run "//tests/mixed:$name" 2>/dev/null) || fail "$name does not run with epoll"
  [ "$output" = "epoll 42" ] || fail "$name printed '$output' with epoll"
done

flag=--//backends:backend=io_uring
if output=$(tools/bazelw build "$flag" //tests/mixed:mixed_statically 2>&1); then
  fail "mixed_statically links with io_uring"
fi
grep -qE '(multiple definition of|duplicate symbol:).* .?boost::asio::' <<<"$output" || fail "mixed_statically failed for another reason: $output"

tools/bazelw build "$flag" //tests/mixed:mixed_dynamically >/dev/null 2>&1 || fail "mixed_dynamically does not build"
if output=$(tools/bazelw run "$flag" //tests/mixed:mixed_dynamically 2>&1); then
  fail "mixed_dynamically runs with io_uring"
fi
grep -q 'contains Boost.Asio twice' <<<"$output" || fail "mixed_dynamically failed for another reason: $output"

if output=$(tools/bazelw build "$flag" //tests/mixed:over_compiled_on_backend 2>&1); then
  fail "with_asio_of_backend takes objects that were compiled for epoll"
fi
grep -q ':posts_through_plain_asio was compiled for @boost.asio' <<<"$output" || fail "over_compiled_on_backend failed for another reason: $output"
tools/bazelw build //tests/mixed:over_compiled_on_backend >/dev/null 2>&1 || fail "over_compiled_on_backend does not build with epoll"

echo "a program with two Boost.Asios is refused"
