#!/usr/bin/env bash
# Holds that a connect which an ICMP error ends reports that, on every backend, between two network
# namespaces. Needs root, ip and iptables; is skipped without them, unless TIMED_REQUIRE_NAMESPACES=1.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/network/namespaces.sh

readonly server="timed_stream_server.$$" client="timed_stream_client.$$"
readonly address=10.98.76.1 port=9100
readonly -A refusals=([9101]=icmp-port-unreachable [9102]=icmp-host-unreachable [9103]=icmp-admin-prohibited)

need_namespaces
tools/bazelw build //tests/network/...

listener=''
undo() {
  [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
  remove_hosts "$client" "$server"
  [ -z "${output:-}" ] || rm -f "$output"
}
trap undo EXIT

link_hosts "$server" toclient "$address" "$client" toserver 10.98.76.2
# Without this the kernel answers a client at once six times only, and later ones after a second SYN:
# what is not answered at once comes to its end in another way.
ip netns exec "$server" sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit' || cannot "the rate of ICMP errors is fixed here"
for refused in "${!refusals[@]}"; do
  ip netns exec "$server" iptables -w -A INPUT -p tcp --dport "$refused" -j REJECT --reject-with "${refusals[$refused]}" ||
    cannot "iptables does not work here"
done

program() { printf 'bazel-bin/tests/network/refused_connects_%s' "$1"; }

output=$(mktemp)
ip netns exec "$server" tools/bazelw --exec "$(program epoll)" listen "$address" "$port" >"$output" &
listener=$!
for _ in $(seq 200); do
  ! grep -q listening "$output" || break
  kill -0 "$listener" 2>/dev/null || fail "the listener does not start"
  sleep 0.1
done

failed=''
for backend in epoll io_uring io_uring_native; do
  ip netns exec "$client" tools/bazelw --exec "$(program "$backend")" "$address" "$port" $(printf '%s\n' "${!refusals[@]}" | sort) || failed+=" $backend"
done
[ -z "$failed" ] || fail "a refused connect is not reported on$failed"

echo "connects that an ICMP error ends are reported"
