#!/usr/bin/env bash
# Drives each example by programs that people use, on each backend, and prints which of them pass, as a
# table in Markdown:
#   examples/clients.sh [BACKEND]...
# On Debian, what it needs is installed by
#   apt-get install --no-install-recommends curl netcat-openbsd openssl procps python3-websockets slowhttptest wrk
# A server also has to end with status 0 on SIGTERM. Fails if a row does.
set -uo pipefail
cd "$(dirname "$0")" || exit 2

backends=("$@")
[ $# != 0 ] || backends=(epoll io_uring io_uring_native)
work=$(mktemp -d)
declare -A result
rows=()
failures=0

python=/usr/bin/python3
for tool in curl nc openssl pgrep slowhttptest wrk; do
  type -P "$tool" >/dev/null || { echo "clients.sh: $tool is not installed" >&2; exit 2; }
done
"$python" -c 'import websockets' || { echo "clients.sh: python3-websockets is not installed" >&2; exit 2; }

# start PROGRAM ARGS...: starts an example, where Bazel runs, and waits for its port. Sets job, program
# (the processes' numbers) and port.
start() {
  ../tools/bazelw --exec "bazel-bin/$1_$backend" "${@:2}" >"$work/server" 2>&1 &
  job=$!
  port=
  for _ in $(seq 200); do
    port=$(sed -nE 's/.*on port ([0-9]+).*/\1/p' "$work/server" | head -n 1)
    [ -z "$port" ] || break
    kill -0 "$job" 2>/dev/null || break
    sleep 0.05
  done
  program=$(pgrep -P "$job" | tail -n 1)
  program=${program:-$job}
  [ -n "$port" ]
}

# end: SIGTERM; holds if the example then ends with status 0.
end() {
  kill -TERM "$program" && wait "$job"
}

run() { timeout 60 ../tools/bazelw --exec "bazel-bin/$1_$backend" "${@:2}" 2>"$work/program"; }

# served PROGRAM ARG... -- COMMAND...: the command passes while the server runs, and the server ends.
served() {
  local arguments=() passed=1
  while [ "$1" != -- ]; do arguments+=("$1") && shift; done
  shift
  start "${arguments[@]}" && "$@" || passed=0
  end && [ "$passed" = 1 ]
}

# beside COMMAND...: starts a server that is not an example, on a free port of its own choice, and sets
# other_job and other_port.
beside() {
  "$@" >"$work/other" 2>&1 </dev/null &
  other_job=$!
  for _ in $(seq 100); do
    other_port=$(sed -nE 's/^(ACCEPT|Serving HTTP on) .*[: ]([0-9]+)( .*)?$/\2/p' "$work/other" | head -n 1)
    [ -z "$other_port" ] || return 0
    sleep 0.05
  done
  return 1
}

end_beside() {
  kill "$other_job"
  wait "$other_job" 2>/dev/null
  true
}

by_nc() { printf '%s' "$1" | timeout 20 nc -N 127.0.0.1 "$port"; }

echo_by_nc() { [ "$(by_nc $'hello\n')" = hello ]; }
echo_by_its_client() { [ "$(run echo/echo_main client 127.0.0.1 "$port" 'hello there')" = 'hello there' ]; }
lines_by_nc() { [ "$(by_nc $'SET colour light blue\r\nGET colour\r\nQUIT\r\n')" = $'OK\r\nVALUE light blue\r' ]; }

# Over one connection: a large file, what does not exist, and the header alone.
http_by_curl() {
  local url=http://127.0.0.1:$port
  curl --silent --max-time 20 --output "$work/got" "$url/large" --next --silent --output /dev/null --write-out '%{http_code} %{num_connects}' "$url/nothing" \
    --next --silent --head --output /dev/null --write-out ' %{http_code} %{num_connects}\n' "$url/index.html" >"$work/curl" &&
    cmp "$work/got" "$work/www/large" && [ "$(cat "$work/curl")" = '404 0 200 0' ]
}

http_by_wrk() {
  wrk --threads 1 --connections 50 --duration 2s "http://127.0.0.1:$port/index.html" >"$work/wrk" || return 1
  grep -qE 'Requests/sec: +[1-9]' "$work/wrk" && ! grep -qE 'Non-2xx|Socket errors' "$work/wrk"
}

# 200 peers send their header slowly. The server closes each, and answers others meanwhile.
http_by_slowhttptest() {
  local slow
  slowhttptest -H -c 200 -r 200 -i 1 -l 20 -p 2 -u "http://127.0.0.1:$port/" >"$work/slow" 2>&1 &
  slow=$!
  sleep 1
  curl --silent --fail --max-time 3 --output /dev/null "http://127.0.0.1:$port/index.html" || return 1
  wait "$slow"
  grep -q 'No open connections left' "$work/slow"
}

# A folder without its slash, so that the server redirects.
client_of_http_server() {
  local passed=0
  beside "$python" -u -m http.server --bind 127.0.0.1 --directory "$work/www" 0 &&
    [ "$(run http_client/http_client "http://127.0.0.1:$other_port/folder")" = 'in the folder' ] && passed=1
  end_beside
  [ "$passed" = 1 ]
}

# By the proxy to a server that is not ours.
proxied() {
  local passed=0
  beside "$python" -u -m http.server --bind 127.0.0.1 --directory "$work/www" 0 &&
    served proxy/proxy --port=0 "--to_port=$other_port" -- "$@" && passed=1
  end_beside
  [ "$passed" = 1 ]
}

large_by_curl() { curl --silent --fail --max-time 20 --output "$work/got" "http://127.0.0.1:$port/large" && cmp "$work/got" "$work/www/large"; }

proxied_by_nc() {
  local reply=$'GET /index.html HTTP/1.0\r\n\r\n' # nc ends its direction; the answer comes after that
  by_nc "$reply" | grep -q 'by a client'
}

tls_by_s_client() {
  local line=''
  coproc tls { timeout 20 openssl s_client -quiet -verify_return_error -CAfile "$work/certificate.pem" -verify_hostname localhost -connect "127.0.0.1:$port" 2>"$work/openssl"; }
  local client=$tls_PID
  echo 'hello from openssl' >&"${tls[1]}"
  read -r -t 10 line <&"${tls[0]}"
  kill "$client" 2>/dev/null
  wait "$client" 2>/dev/null
  [ "$line" = 'hello from openssl' ]
}

# That server sends each line back in reverse.
tls_client_of_s_server() {
  local passed=0
  beside openssl s_server -rev -accept 127.0.0.1:0 -cert "$work/certificate.pem" -key "$work/key.pem" &&
    [ "$(run tls/tls_client "--port=$other_port" "--authority=$work/certificate.pem" $'step on no pets\n')" = 'step on no pets' ] && passed=1
  end_beside
  [ "$passed" = 1 ]
}

chat_by_websockets() {
  "$python" - "ws://127.0.0.1:$port/" <<'PYTHON'
import asyncio, sys, websockets

async def main(address):
    async with websockets.connect(address) as ada, websockets.connect(address) as alan:
        await asyncio.sleep(0.2)
        await ada.send("ada: hello")
        for member in ada, alan:
            assert await asyncio.wait_for(member.recv(), 10) == "ada: hello"
        await asyncio.wait_for(await alan.ping(), 10)
    assert ada.close_code == 1000

asyncio.run(main(sys.argv[1]))
PYTHON
}

tour() { run deadlines/tour --unit=50ms >"$work/tour" && grep -q 'timed out' "$work/tour" "$work/program"; }

# row EXAMPLE CLIENT COMMAND...
row() {
  local name="| $1 | $2 |"
  [ "$backend" != "${backends[0]}" ] || rows+=("$name")
  if "${@:3}" >"$work/log" 2>&1; then
    result[$name$backend]=pass
  else
    result[$name$backend]=FAIL
    failures=$((failures + 1))
    { printf 'failed on %s: %s\n' "$backend" "$name" && tail -n 15 "$work/log" "$work/server"; } >&2
  fi
}

all_rows() {
  local http=(http_server/http_server --port=0 "--root=$work/www")
  local tls=(tls/tls_server --port=0 "--certificate=$work/certificate.pem" "--key=$work/key.pem")
  row echo nc served echo/echo_main server 0 -- echo_by_nc
  row echo 'its own client' served echo/echo_main server 0 -- echo_by_its_client
  row deadlines 'none: a tour' tour
  row line_server nc served line_server/line_server --port=0 -- lines_by_nc
  row http_server curl served "${http[@]}" -- http_by_curl
  row http_server wrk served "${http[@]}" -- http_by_wrk
  row http_server slowhttptest served "${http[@]}" --header_timeout=2s -- http_by_slowhttptest
  row http_client "Python's http.server" client_of_http_server
  row proxy curl proxied large_by_curl
  row proxy nc proxied proxied_by_nc
  row 'tls, server' 'openssl s_client' served "${tls[@]}" -- tls_by_s_client
  row 'tls, client' 'openssl s_server' tls_client_of_s_server
  row chat "Python's websockets" served chat/chat --port=0 -- chat_by_websockets
}

mkdir -p "$work/www/folder"
echo 'by a client' >"$work/www/index.html"
echo 'in the folder' >"$work/www/folder/index.html"
head -c 5000000 /dev/urandom >"$work/www/large"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
trap 'rm -rf "$work"' EXIT

targets=()
for backend in "${backends[@]}"; do
  for program in echo:echo_main deadlines:tour line_server http_server http_client proxy tls:tls_server tls:tls_client chat; do
    case "$program" in *:*) targets+=("//${program}_$backend") ;; *) targets+=("//$program:${program}_$backend") ;; esac
  done
done
../tools/bazelw build "${targets[@]}" >"$work/build" 2>&1 || { tail -n 50 "$work/build"; exit 1; }
for backend in "${backends[@]}"; do all_rows; done

printf '| example | client | %s |\n' "$(printf '%s | ' "${backends[@]}" | sed 's/ | $//')"
printf '|---|---|%s\n' "$(printf -- '---|%.0s' "${backends[@]}")"
for name in "${rows[@]}"; do
  line=$name
  for backend in "${backends[@]}"; do line+=" ${result[$name$backend]} |"; done
  printf '%s\n' "$line"
done
[ "$failures" = 0 ]
