# What .ci/run and .ci/release have in common: sourced by them, in the repository's folder.
# shellcheck shell=bash
set -uo pipefail
export TIMED_REQUIRE_IO_URING=1 TIMED_REQUIRE_NAMESPACES=1

readonly io_uring=--@timed_stream//backends:backend=io_uring
readonly native=--@timed_stream//backends:backend=io_uring_native
log_dir=$(mktemp -d)
readonly log_dir
passed=0
failed=0

# step NAME COMMAND...: runs the command; its output is shown if it fails.
step() {
  local name="$1" started=$SECONDS
  shift
  printf '=== %s\n' "$name"
  if "$@" >"$log_dir/log" 2>&1 </dev/null; then
    grep '^Executed ' "$log_dir/log"
    printf '=== passed: %s (%d s)\n' "$name" $((SECONDS - started))
    passed=$((passed + 1))
  else
    tail -n 150 "$log_dir/log"
    printf '=== FAILED: %s (%d s)\n' "$name" $((SECONDS - started))
    failed=$((failed + 1))
    { printf '=== FAILED: %s\n' "$name" && why_it_failed "$log_dir/log"; } >>"$log_dir/failures"
  fi
}

# why_it_failed LOG: the lines that say so, and the last ones; and what follows them; at most 80.
why_it_failed() {
  grep -E --no-group-separator -A 3 '^//[^ ]+ .*(FAILED|TIMEOUT|NO STATUS)|\[  FAILED  \]|: Failure$|^FAIL: |(^|[ :])([Ee]rror|ERROR)[: ]' "$1" | awk '!seen[$0]++' | head -n 60
  tail -n 20 "$1"
}

# fails_with PATTERN COMMAND...: holds if the command fails and says PATTERN.
fails_with() {
  local pattern="$1" output
  shift
  if output=$("$@" 2>&1); then
    printf '%s\nThis should have failed: %s\n' "$output" "$*"
    return 1
  fi
  printf '%s\n' "$output"
  grep -qE -- "$pattern" <<<"$output"
}

in_examples() { (cd examples && ../tools/bazelw "$@"); }

# The example as its user runs it: two processes, on the backend that the flag says.
run_example() {
  in_examples build "$@" //echo:echo_main || return 1
  in_examples --exec bash -euc '
    bazel-bin/echo/echo_main server 0 >"$1" &
    server=$!
    trap "kill $server" EXIT
    for _ in $(seq 100); do
      port=$(sed -n "s/^echoing on port \([0-9]*\).*/\1/p" "$1")
      [ -z "$port" ] || break
      sleep 0.1
    done
    cat "$1"
    answer=$(bazel-bin/echo/echo_main client 127.0.0.1 "$port" "hello there")
    echo "answer: $answer"
    [ "$answer" = "hello there" ]
  ' run_example "$log_dir/server"
}

# Ends the script. What failed is shown once more, as the end of a long log is what is read first.
say_how_many_passed() {
  [ ! -s "$log_dir/failures" ] || cat "$log_dir/failures"
  rm -rf "$log_dir"
  printf '=== %d s in all\n' "$SECONDS"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
