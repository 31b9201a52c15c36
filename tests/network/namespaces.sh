# shellcheck shell=bash
# Hosts in network namespaces, for the scripts beside it, which read this file.

fail() {
  printf '%s: %s\n' "${0#./}" "$1" >&2
  exit 1
}

# Skips the test, unless TIMED_REQUIRE_NAMESPACES=1.
cannot() {
  [ "${TIMED_REQUIRE_NAMESPACES:-}" != 1 ] || fail "TIMED_REQUIRE_NAMESPACES=1, but $1"
  printf '%s: skipped: %s\n' "${0#./}" "$1"
  exit 0
}

need_namespaces() {
  local tool
  [ "$(id -u)" = 0 ] || cannot "this user is not root"
  for tool in ip iptables; do
    type -P "$tool" >/dev/null || cannot "there is no $tool (Debian: iproute2, iptables)"
  done
}

# link_hosts NAMESPACE DEVICE ADDRESS NAMESPACE DEVICE ADDRESS: two hosts, and a link between them.
link_hosts() {
  ip netns add "$1" || cannot "no network namespace can be had"
  ip netns add "$4"
  ip -n "$1" link add "$2" type veth peer name "$5" netns "$4" || cannot "no pair of network devices (veth) can be had"
  ip -n "$1" address add "$3/24" dev "$2"
  ip -n "$4" address add "$6/24" dev "$5"
  ip -n "$1" link set lo up
  ip -n "$4" link set lo up
  ip -n "$1" link set "$2" up
  ip -n "$4" link set "$5" up
}

# Removes hosts, with the programs that still run there.
remove_hosts() {
  local namespace
  for namespace; do
    ip netns pids "$namespace" 2>/dev/null | xargs -r kill 2>/dev/null || true
    ip netns delete "$namespace" 2>/dev/null || true
  done
}
