#!/usr/bin/env bash
# Follows docs/guide/quick-start.md word for word in a new folder:
#   tests/guide/quick_start.sh [bzlmod|workspace|cmake]...
# The files are the blocks that follow a line with their name, the commands those of the blocks of `sh`.
# Prints each command, what its last lines were, and how long it took. Without arguments: bzlmod and
# workspace. `bazel` is tools/bazelw. For cmake, the machine needs what the page names; RUN in the
# environment is put before the commands that run a built program.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
readonly page=$root/docs/guide/quick-start.md
ways=("$@")
[ $# != 0 ] || ways=(bzlmod workspace)
work=$(mktemp -d)
stop() {
  [ ! -e "$work/hello/.bazelrc" ] || [ "${ways[*]}" = cmake ] || (cd "$work/hello" && bazel shutdown >/dev/null 2>&1) || true
  rm -rf "$work"
}
trap stop EXIT

mkdir "$work/bin"
ln -s "$root/tools/bazelw" "$work/bin/bazel"
export PATH=$work/bin:$PATH BAZELW_MODE=${BAZELW_MODE:-debian} # else bazelw would find that link
git clone --quiet --no-hardlinks . "$work/timed_stream"

# section NAME: the lines of a part of the page; bzlmod is what comes before the first heading.
section() {
  case "$1" in
    bzlmod) sed '/^## /,$d' "$page" ;;
    workspace) sed -n '/^## With WORKSPACE$/,/^## With CMake$/p' "$page" ;;
    cmake) sed -n '/^## With CMake$/,$p' "$page" ;;
  esac
}

# write_files NAME: writes a section's files into the current folder.
write_files() {
  section "$1" | awk '
    /^```/ && inside { inside = 0; close(file); file = ""; next }
    /^```sh$/ { inside = 1; file = ""; next }
    /^```/ { inside = 1; next }
    inside { if (file != "") print >file; next }
    match($0, /`[^` ]+`(:|, a .*:)$/) {
      file = substr($0, RSTART + 1)
      sub(/`.*/, "", file)
      if (file ~ "/") system("mkdir -p " substr(file, 1, match(file, "/[^/]*$")))
    }
  '
}

commands() { section "$1" | awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside'; }

follow() {
  local way="$1" command started output status began=$SECONDS printed=0 programs=2
  [ "$way" != cmake ] || programs=3
  rm -rf "$work/hello"
  mkdir "$work/hello"
  cd "$work/hello"
  write_files bzlmod
  if [ "$way" != bzlmod ]; then rm MODULE.bazel && write_files "$way"; fi
  printf '%s: %s\n' "$way" "$(find . -type f -printf '%P\n' | sort | paste -sd' ')"
  while IFS= read -r command; do
    started=$SECONDS status=0
    case "$command" in
      build*/hello) command="${RUN:+$RUN }$command" ;;
      cmake*) command="${command//\$HOME/$work/home}" ;;
    esac
    output=$(bash -c "$command" 2>&1 </dev/null) || status=$?
    printf '$ %s\n%s\n(%d s)\n' "$command" "$(tail -n 3 <<<"$output")" $((SECONDS - started))
    [ "$status" = 0 ] || { printf '%s\nquick_start.sh: this failed: %s\n' "$output" "$command" >&2; exit 1; }
    if grep -E 'warning: |^CMake (Warning|Deprecation)' <<<"$output"; then echo "quick_start.sh: this warns: $command" >&2; exit 1; fi
    [[ $output != *$'hello\nnothing for 100 ms'* ]] || printed=$((printed + 1))
  done < <(commands "$way")
  [ "$printed" = "$programs" ] || { echo "quick_start.sh: $way: $printed of $programs programs print what the page says" >&2; exit 1; }
  printf '%s: %d s\n\n' "$way" $((SECONDS - began))
}

for way in "${ways[@]}"; do follow "$way"; done
