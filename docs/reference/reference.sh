#!/usr/bin/env bash
# Makes the API reference out of the headers' comments: tools/bazelw run //docs:reference [-- FOLDER]
# FOLDER is that of the result, by default reference/ in the repository. Fails if a public name has no
# comment.
set -euo pipefail
cd "${BUILD_WORKSPACE_DIRECTORY:?run it by: tools/bazelw run //docs:reference}"

# In bazelw's root file system the machine's own programs are below this folder.
readonly machine=/opt/bazelw-machine

# Sets doxygen to the command.
find_doxygen() {
  local program loader libraries
  if program=$(type -P doxygen); then
    doxygen=("$program")
    return
  fi
  # With the machine's own loader and libraries, since that file system has others.
  libraries="$machine/usr/lib/$(uname -m)-linux-gnu"
  for program in "$machine"/usr/local/bin/doxygen "$machine"/usr/bin/doxygen; do
    for loader in "$libraries"/ld-linux-*.so.*; do
      [ -x "$program" ] && [ -x "$loader" ] || continue
      doxygen=("$loader" --library-path "$libraries" "$program")
      return
    done
  done
  echo "reference: Doxygen is not installed (on Debian and Ubuntu: apt-get install --no-install-recommends doxygen)" >&2
  exit 2
}

folder=${1:-reference}
find_doxygen
mkdir -p "$folder"
rm -f "$folder"/*.html
{
  cat docs/reference/Doxyfile
  printf 'OUTPUT_DIRECTORY = "%s"\nPROJECT_NUMBER = "%s"\n' "$folder" "$(tools/version)"
} | "${doxygen[@]}" -
# Doxygen says nothing about headers and namespaces that it leaves out.
for header in stream/timed/*.h stream/timed/uring/*.h backends/timed/*.h backends/timed/uring/*.h; do
  grep -qF ">${header##*/}<" "$folder/files.html" || { echo "reference: $header is not in it" >&2; exit 1; }
done
for namespace in timed timed::backend timed::uring; do
  grep -qF ">$namespace<" "$folder/namespaces.html" || grep -qF ">${namespace##*::}<" "$folder/namespaces.html" ||
    { echo "reference: namespace $namespace is not in it: it has no comment" >&2; exit 1; }
done
printf 'reference: %s/index.html\n' "$(cd "$folder" && pwd)"
