#!/usr/bin/env bash
# What operations report while the network is at fault, on every backend: a host in a network namespace
# for each, and its peer in another one. Checks it, and prints a table (docs/testing.md).
# Needs root, ip and iptables; is skipped without them, unless TIMED_REQUIRE_NAMESPACES=1.
#
#   tests/network/faults.sh [ZERO_WINDOW_SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/network/namespaces.sh

readonly zero_window=${1:-1} port=9200 peer_address=10.98.77.1 own_address=10.98.77.2
readonly backends=(epoll io_uring io_uring_native)

need_namespaces

programs=(//tests/network:peer)
for backend in "${backends[@]}"; do programs+=("//tests/network:faults_$backend"); done
tools/bazelw build "${programs[@]}"

folder=$(mktemp -d)
here_of() { printf 'timed_%s_here.%s' "$1" "$$"; }
there_of() { printf 'timed_%s_there.%s' "$1" "$$"; }
undo() {
  local backend
  for backend in "${backends[@]}"; do remove_hosts "$(here_of "$backend")" "$(there_of "$backend")"; done
  rm -rf "$folder"
}
trap undo EXIT

# Packets are not put together to larger ones, so that each that is sent counts.
link() {
  local here there
  here=$(here_of "$1") there=$(there_of "$1")
  link_hosts "$here" topeer "$own_address" "$there" tohost "$peer_address"
  ip -n "$here" link set topeer gso_max_segs 1
  ip -n "$there" link set tohost gso_max_segs 1
}

rule() { ip netns exec "$1" iptables -w "${@:2}"; }

# Prints why, if something should have been lost and nothing was.
heal() {
  local here=$1 there=$2 namespace count
  for namespace in "$here" "$there"; do
    count=$(rule "$namespace" -nvxL INPUT | awk 'NR > 2 { packets += $1; ++rules } END { print rules ? packets : "none" }')
    rule "$namespace" -F
    [ "$count" != 0 ] || printf 'no packet has met the fault'
  done
  ip -n "$there" link set tohost up
  ip -n "$here" link set topeer up
  ports "$here" "32768 60999"
}

ports() { ip netns exec "$1" sh -c 'echo "$1" >/proc/sys/net/ipv4/ip_local_port_range' ports "$2"; }

inject() {
  local here=$1 there=$2
  case "$3" in
    none) heal "$here" "$there" ;;
    vanish) rule "$there" -A INPUT -j DROP && rule "$there" -A OUTPUT -j DROP ;;
    reset) rule "$there" -A INPUT -p tcp -j REJECT --reject-with tcp-reset ;;
    'loss '*) rule "$here" -A INPUT -p tcp -m statistic --mode random --probability "$(printf '0.%02d' "${3#loss }")" -j DROP ;;
    black_hole) rule "$there" -A INPUT -p tcp -m length --length 1000:65535 -j DROP ;;
    down) ip -n "$here" link set topeer down ;;
    two_ports) ports "$here" "50000 50001" ;;
    peer_down) ip -n "$there" link set tohost down ;;
    *) printf 'unknown fault' ;;
  esac
}

# Runs the cases on a backend: what the program writes goes into the file of that name.
run() {
  local here there line why driver_PID
  here=$(here_of "$1") there=$(there_of "$1")
  coproc driver { exec ip netns exec "$here" tools/bazelw --exec "bazel-bin/tests/network/faults_$1" "$peer_address" "$port" "$zero_window"; }
  local pid=$driver_PID to=${driver[1]} from=${driver[0]}
  while IFS= read -r line <&"$from"; do
    case "$line" in
      'inject '*)
        why=$(inject "$here" "$there" "${line#inject }" 2>&1) || why+=" (a command failed)"
        printf '%s\n' "${why:-done}" >&"$to"
        ;;
      *) printf '%s\n' "$line" >>"$folder/$1" ;;
    esac
  done
  wait "$pid"
}

for backend in "${backends[@]}"; do
  link "$backend"
  ip netns exec "$(there_of "$backend")" tools/bazelw --exec bazel-bin/tests/network/peer "$peer_address" "$port" 2>"$folder/peer_$backend" &
done
for backend in "${backends[@]}"; do
  for _ in $(seq 200); do
    [ "$(ip netns exec "$(there_of "$backend")" ss -Htln | wc -l)" -lt 6 ] || break
    sleep 0.1
  done
done

# All at once, as they wait for most of the time.
declare -A pids
for backend in "${backends[@]}"; do
  run "$backend" &
  pids[$backend]=$!
done
failed=''
for backend in "${backends[@]}"; do
  wait "${pids[$backend]}" || failed+=" $backend"
done

grep -H '^FAIL' "${backends[@]/#/$folder/}" | sed "s|^$folder/||" || true

# The table: what each backend reported, once if they agree; how late the timeouts were, and what was left.
awk -F '\t' '
  BEGIN {
    print "| injected | operation | reported | late, ms: epoll | io_uring | ours | descriptors left |"
    print "|---|---|---|---|---|---|---|"
  }
  $1 != "case" { next }
  {
    key = $2 " | " $3
    if (!(key in reported)) {
      order[++count] = key
      reported[key] = $4
    } else if (index(reported[key], $4) == 0) {
      reported[key] = reported[key] ", or " $4
    }
    lateness[key] = lateness[key] " | " ($5 == "-" ? "" : sprintf("%.1f", $5 / 1000))
    if ($6 > left[key] + 0) left[key] = $6
  }
  END {
    for (i = 1; i <= count; ++i) {
      printf "| %s | %s%s | %d |\n", order[i], reported[order[i]], lateness[order[i]], left[order[i]]
    }
  }
' "${backends[@]/#/$folder/}"

[ -z "$failed" ] || fail "not what should be reported, on$failed"
