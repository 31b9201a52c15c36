#!/usr/bin/env bash
# Runs benchmarks whose client is on another host (--client_host), between two network namespaces: that
# they measure, and what they say if that host is absent, or its network fails in the middle. Needs
# root, ip and iptables; is skipped without them, unless TIMED_REQUIRE_NAMESPACES=1.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/network/namespaces.sh

readonly server="timed_stream_server.$$" client="timed_stream_client.$$"
readonly address=10.98.76.2 port=9000 absent=10.98.76.3
readonly backends=(epoll io_uring io_uring_native) suites=(echo_cpu http_cpu websocket_cpu open_loop timeouts_under_load)

need_namespaces
targets=(//bench:client)
for backend in "${backends[@]}"; do
  for suite in "${suites[@]}"; do targets+=("//bench:${suite}_$backend"); done
done
tools/bazelw build "${targets[@]}"

output=$(mktemp -d)
undo() {
  remove_hosts "$client" "$server"
  rm -rf "$output"
}
trap undo EXIT

link_hosts "$server" toclient 10.98.76.1 "$client" toserver "$address"
ip netns exec "$client" tools/bazelw --exec bazel-bin/bench/clients/client --port=$port >"$output/client" 2>&1 &
for _ in $(seq 200); do
  ! grep -q "listening on port $port" "$output/client" || break
  sleep 0.1
done
grep -q "listening on port $port" "$output/client" || fail "the client does not start: $(cat "$output/client")"

# on_server SUITE BACKEND HOST FILTER [FLAGS...]
on_server() {
  local suite="$1" backend="$2" host="$3" filter="$4"
  shift 4
  TIMED_EXPECTED_BACKEND=$backend timeout --kill-after=10 300 ip netns exec "$server" tools/bazelw --exec "bazel-bin/bench/${suite}_$backend" \
    --no_tracing "--client_host=$host" "--benchmark_filter=$filter" "$@" >"$output/run" 2>&1
}

for backend in "${backends[@]}"; do
  for suite in "${suites[@]}"; do
    on_server "$suite" "$backend" "$address:$port" '/(64|20000|10)/(timed|socket|beast)/' --benchmark_min_time=0.01s ||
      fail "$suite on $backend: $(cat "$output/run")"
    grep -q "^$suite/.*/timed/" "$output/run" || fail "$suite on $backend has measured nothing: $(cat "$output/run")"
    sed -n "s|^\($suite/[^ ]*\)/manual_time *\([0-9]*\) ns.*|$backend \1 \2 ns|p" "$output/run"
  done
done

# says PATTERN HOST: a benchmark with that client host fails, and says why.
says() {
  ! on_server echo_cpu epoll "$2" /16/timed/ || fail "this should have failed: --client_host=$2"
  grep -E "^error: .*$1" "$output/run" || fail "no '$1' in: $(cat "$output/run")"
}

says 'Connection refused. Start the client there' "$address:1"
says '(it does not answer|No route to host). Start the client there' "$absent:$port"

# The reason is the network's, on both sides; the baseline has no deadlines of its own.
for contender in timed socket; do
  began=$SECONDS
  ( # when the benchmark is connected: 16 connections, and one for orders
    for _ in $(seq 600); do
      [ "$(ip netns exec "$client" ss -Htn state established | wc -l)" -lt 17 ] || break
      sleep 0.1
    done
    sleep 1
    ip -n "$client" link set toserver down
  ) &
  ! on_server echo_cpu epoll "$address:$port" "/16/$contender/" --benchmark_min_time=60s ||
    fail "the network has failed, and echo_cpu/16/$contender has not"
  grep -E '^error: .*a connection to the client: (Connection timed out|No route to host).*; the client: its host does not answer: ' "$output/run" || fail "not the network's error on both sides: $(cat "$output/run")"
  [ $((SECONDS - began)) -lt 60 ] || fail "it took $((SECONDS - began)) s"
  wait $!
  ip -n "$client" link set toserver up
  ip -n "$server" neighbour flush dev toclient  # which it has found to be absent
done

echo "benchmarks with a client on another host measure, and report its failures"
