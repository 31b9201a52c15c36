#!/usr/bin/env bash
# Verifies that the API reference is made, that it has all public headers, and that a public name without
# a comment is refused. Needs Doxygen.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  printf 'tests/docs/reference.sh: %s\n' "$1" >&2
  exit 1
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

output=$(tools/bazelw run //docs:reference -- "$folder/made" 2>&1) || fail "it is not made: $output"
[ -s "$folder/made/index.html" ] || fail "there is no index.html: $output"
while read -r header; do
  grep -qF ">${header##*/}<" "$folder/made/files.html" || fail "$header is not in it"
done < <(sed -n 's/^    "\(timed\/.*\.h\)",$/\1/p' tests/headers/headers.bzl)
for function in expires_after read_timeout async_connect async_read_some async_write_some linger_timeout; do
  grep -q ">$function<" "$folder/made/classtimed_1_1socket__stream.html" || fail "$function is not in it"
done
[ -z "$(find "$folder/made" -name '*detail*')" ] || fail "timed::detail is in it"

# Faults planted in a copy: a function without a comment, a parameter that does not exist, a namespace
# without a comment.
planted() {
  local pattern="$1" file="$2" edit="$3" output
  rm -rf "$folder/copy"
  mkdir "$folder/copy"
  cp -r MODULE.bazel backends docs stream tools "$folder/copy"
  sed -i "$edit" "$folder/copy/$file"
  ! cmp -s "$file" "$folder/copy/$file" || fail "nothing was planted in $file"
  if output=$(BUILD_WORKSPACE_DIRECTORY="$folder/copy" docs/reference/reference.sh 2>&1); then
    fail "this is not refused: $edit"
  fi
  grep -qE "$pattern" <<<"$output" || fail "this is refused for another reason: $edit: $output"
}
planted 'Member planted.* is not documented' stream/timed/manual_clock.h 's|^  /// Moves time forward\. |  void planted();\n\n&|'
planted "argument 'planted'" stream/timed/manual_clock.h 's|/// @param by |/// @param planted None.\n  &|'
planted 'namespace timed::uring is not in it' backends/timed/uring/options.h '/^\/\/\/ The io_uring event loop/d'

echo "the reference is made, and refuses names without a comment"
