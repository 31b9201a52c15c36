#!/usr/bin/env bash
# Verifies that the messages quoted in the headings of docs/guide/troubleshooting.md exist in the sources, or
# in a check that makes Bazel or the linker say them. Needs no arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."

status=0
count=0
while IFS= read -r message; do
  count=$((count + 1))
  # Strings in the sources are broken over lines: the quotes between their parts are left out.
  if ! git ls-files -z -- '*.h' '*.cc' '*.bzl' '*.sh' .ci docs/bazel.md CMakeLists.txt |
    xargs -0 cat | tr -d '\n' | sed 's/\\"/"/g; s/" *"//g' | grep -qF -- "$message"; then
    printf 'tests/guide/messages.sh: nothing says: %s\n' "$message" >&2
    status=1
  fi
done < <(sed -n 's/^### `\([^`]* [^`]*\)`$/\1/p' docs/guide/troubleshooting.md)
[ "$count" -ge 10 ] || { echo "tests/guide/messages.sh: only $count messages found" >&2; exit 1; }
[ "$status" = 0 ] && echo "$count messages exist"
exit $status
