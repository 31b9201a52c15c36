#!/usr/bin/env bash
# Builds and runs some of the tests in modes that nothing else here is built in: other compilers,
# standards and flags. tests/modes/check.sh [MODE...]: without arguments all of those that are listed at
# the end. In each it is verified that the mode was really applied. docs/testing.md has more.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TIMED_REQUIRE_IO_URING=1
readonly CLANG_VERSION=${CLANG_VERSION:-19}

# Of tests/conformance the files of a group, which are compiled as one program for each backend; and some of
# a group of tests/uring.
readonly one_process=(read_some_test wall_clock_test with_timeout_test write_some_test)
readonly conformance=("${one_process[@]}" sockets_test time_namespace_test)
tests=(//tests/unit:{stream_fsm,deadline_queue}_test //tests/uring:{seeds,socket,timer}_test)
for test in "${conformance[@]}"; do
  tests+=("//tests/conformance:${test}_epoll" "//tests/conformance:${test}_io_uring_native")
done

fail() {
  printf 'tests/modes/check.sh: %s\n' "$1" >&2
  exit 1
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$work/log" 2>&1 </dev/null || { tail -n 100 "$work/log"; fail "this failed: $*"; }; }

install() { # install PACKAGE...
  dpkg-query -W "$@" >/dev/null 2>&1 || { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >"$work/log" 2>&1 || { tail "$work/log"; fail "apt-get could not install $*"; }
}

# says LINE COMMAND...: the program //tests/modes:mode, run by the command, prints the line.
says() {
  local output
  output=$("${@:2}" 2>"$work/log") || { cat "$work/log"; fail "this failed: ${*:2}"; }
  grep -qE -- "^$1\$" <<<"$output" || fail "the mode was not applied: there is no '$1' in
$output"
  printf '  %s\n' "$(grep -E -- "^$1\$" <<<"$output")"
}

# in_bazel COMPILER LINE WORD FLAG...: the tests, built with the flags. //tests/modes:mode prints that it was
# compiled by COMPILER then, and LINE; each compilation has WORD in its command.
in_bazel() {
  local compiler="$1" line="$2" word="$3"
  shift 3
  quietly tools/bazelw build "$@" //tests/modes:mode
  says "compiler: $compiler .*" tools/bazelw --exec bazel-bin/tests/modes/mode
  says "$line" tools/bazelw --exec bazel-bin/tests/modes/mode
  printf '  '
  tests/modes/every_compilation "$word" "$@" "${tests[@]}" || fail "the mode does not reach each of them"
  quietly tools/bazelw test "$@" "${tests[@]}"
  if grep -E 'warning: ' "$work/log"; then fail "there are warnings"; fi
  printf '  %s\n' "$(grep '^Executed ' "$work/log")" "$(tests_passed) tests of GoogleTest's"
}

# How many of GoogleTest's tests the latest build's logs have, each clock counted.
tests_passed() {
  local logs=()
  for test in "${tests[@]}"; do
    test=${test#//}
    logs+=("bazel-testlogs/${test/://}/test.log")
  done
  sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "${logs[@]}" | awk '{ sum += $1 } END { print sum + 0 }'
}

gcc_cxx23() { in_bazel GCC '__cplusplus: 202302' -std=c++23 --cxxopt=-std=c++23; }

gcc_debug_containers() { in_bazel GCC '_GLIBCXX_DEBUG: 1' -D_GLIBCXX_DEBUG --cxxopt=-D_GLIBCXX_DEBUG; }

# Where types or functions of the same name differ between files, the linker says so.
gcc_lto() {
  in_bazel GCC 'link-time optimisation: 1' -flto=auto --copt=-O2 --copt=-flto=auto --linkopt=-O2 \
    --linkopt=-flto=auto --linkopt=-Werror=odr --linkopt=-Werror=lto-type-mismatch
}

gcc_no_rtti() { in_bazel GCC 'RTTI: 0' -fno-rtti --cxxopt=-fno-rtti; }

clang_cxx20() {
  make_clang
  in_bazel Clang '__cplusplus: 202002' "$clang" "--repo_env=CC=$clang"
}

clang_cxx23() {
  make_clang
  in_bazel Clang '__cplusplus: 202302' "$clang" "--repo_env=CC=$clang" --cxxopt=-std=c++23
}

make_clang() { clang=$(tests/modes/clang_for_bazel "$CLANG_VERSION") || fail "there is no Clang"; }

# What is compiled outside Bazel: configure FOLDER CMAKE'S ARGS...
configure() {
  local places files modules
  install cmake make pkg-config gcc
  tools/bazelw --exec true # makes the root file system, if need be
  places=$(tools/bazelw --where)
  files=$(sed -n 's/^bazel in //p' <<<"$places")
  modules=$(sed -n 's|^configured by \(.*\)/bazelrc$|\1/modules|p' <<<"$places")
  [ -n "$files" ] && [ -n "$modules" ] || fail "this mode needs the sources in bazelw's own root file system: set BAZELW_MODE=debian"
  if [ ! -e "$work/include" ]; then
    mkdir "$work/include"
    ln -s "$files/usr/include/boost" "$work/include/boost" # alone: the C library's are there too
    cp -rL "$modules/liburing" "$work/liburing"
    (cd "$work/liburing" && ./configure --use-libc --prefix="$work/installed" && make -C src && make install) >"$work/log" 2>&1 || { tail "$work/log"; fail "liburing was not made"; }
  fi
  PKG_CONFIG_PATH=$work/installed/lib/pkgconfig quietly cmake -S tests/modes -B "$1" \
    -DBoost_INCLUDE_DIR="$work/include" -DGOOGLETEST="$modules/googletest/googletest" \
    -DCONFORMANCE="$(IFS=';' && printf '%s' "${one_process[*]}")" "${@:2}"
}

# reports FAULT PATTERN COMMAND...: the program //tests/modes:mode, run by the command, has the fault, and
# that is said.
reports() {
  if "${@:3}" "$1" >"$work/log" 2>&1; then fail "nothing is reported: ${*:3} $1"; fi
  grep -qE -- "$2" "$work/log" || { cat "$work/log"; fail "this failed for another reason: ${*:3} $1"; }
  printf '  reports what is planted: %s\n' "$(grep -E -- "$2" "$work/log" | head -n 1)"
}

# The fuzzers' corpora, and what libFuzzer makes of them. libstdc++.so is not compiled for the memory
# sanitizer: its templates are compiled here instead; GoogleTest uses more of it than those, and is left
# out. On a ring the kernel writes where the sanitizer does not see it: epoll only.
clang_memory_sanitizer() {
  install "clang-$CLANG_VERSION" "libclang-rt-$CLANG_VERSION-dev"
  local flags="-O1 -g1 -fno-omit-frame-pointer -fsanitize=memory,fuzzer-no-link -D_GLIBCXX_EXTERN_TEMPLATE=0"
  flags+=" -fsanitize-ignorelist=$root/tests/modes/memory_sanitizer.txt"
  configure "$work/msan" -DCMAKE_CXX_COMPILER="clang++-$CLANG_VERSION" -DCMAKE_CXX_FLAGS="$flags"
  quietly cmake --build "$work/msan" --parallel 2 --target mode fuzz_deadline_queue fuzz_rate_limit fuzz_history
  says 'memory sanitizer: 1' "$work/msan/mode"
  reports unwritten use-of-uninitialized-value "$work/msan/mode"
  for target in deadline_queue rate_limit history; do
    mkdir "$work/found_$target"
    quietly "$work/msan/fuzz_$target" -runs=2000 -max_len=1000 "$work/found_$target" "tests/fuzz/$target"
    printf '  %s: %s\n' "$target" "$(tail -n 1 "$work/log")"
  done
}

# Values never written, accesses outside of memory, and leaks.
valgrind_epoll() {
  in_valgrind epoll --leak-check=full
}

# As above, but for values never written: what the kernel writes for a ring, valgrind does not see. In a
# child process valgrind 3.19 aborts when a ring is made, so tests with several processes are left out.
valgrind_native() {
  in_valgrind io_uring_native --leak-check=full --undef-value-errors=no
}

in_valgrind() { # in_valgrind BACKEND FLAG...
  local folder=$work/valgrind_$1 checker program
  install valgrind
  install "clang-$CLANG_VERSION"
  configure "$folder" -DTIMED_STREAM_BACKEND="$1" -DCMAKE_CXX_COMPILER="clang++-$CLANG_VERSION" \
    -DCMAKE_CXX_FLAGS='-O1 -g1 -gdwarf-4'
  quietly cmake --build "$folder" --parallel 2 --target mode conformance stream_fsm_test deadline_queue_test
  checker=(valgrind --quiet --error-exitcode=9 "${@:2}")
  reports outside 'Invalid read of size 4' "${checker[@]}" "$folder/mode"
  reports leaked 'definitely lost' "${checker[@]}" "$folder/mode"
  case "$*" in *undef-value-errors=no*) ;; *) reports unwritten 'uninitialised value' "${checker[@]}" "$folder/mode" ;; esac
  for program in stream_fsm_test deadline_queue_test conformance; do
    TIMED_CLOCK=coarse TIMED_EXPECTED_BACKEND=$1 quietly "${checker[@]}" "$folder/$program"
    printf '  %s: %s\n' "$program" "$(grep '^\[  PASSED  \]' "$work/log")"
  done
}

all=(gcc_cxx23 gcc_debug_containers gcc_lto gcc_no_rtti clang_cxx20 clang_cxx23 clang_memory_sanitizer
  valgrind_epoll valgrind_native)
steps=("$@")
[ $# != 0 ] || steps=("${all[@]}")
for step in "${steps[@]}"; do
  [[ " ${all[*]} " == *" $step "* ]] || fail "there is no mode '$step'. There are: ${all[*]}"
  began=$SECONDS
  printf '%s:\n' "$step"
  "$step"
  printf '  %d s\n' $((SECONDS - began))
done
echo "modes: ${#steps[@]} passed"
