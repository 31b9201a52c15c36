#!/bin/sh
# Runs once, inside the root file system, in a copy of this folder: unpacks the dependencies'
# sources as Bazel modules in ./modules. Bazel will see this folder as /opt/bazelw, where
# ./registry and ./bazelrc expect it.
set -eux

# unpack SOURCE_PACKAGE MODULE: the upstream tarball's content becomes the module's folder.
unpack() {
  mkdir -p "modules/$2"
  tar -x --no-same-owner --strip-components=1 -C "modules/$2" -f /usr/src/bazelw/"$1"_*.orig.tar.*z
}
unpack abseil abseil-cpp
unpack benchmark google_benchmark
unpack googletest googletest
unpack liburing liburing
for build_file in modules/*/BUILD.overlay; do
  [ ! -e "$build_file" ] || mv "$build_file" "$(dirname "$build_file")/BUILD.bazel"
done
(cd modules/liburing && ./configure --use-libc >configure.log)
# WORKSPACE mode wants the file in each repository; Bzlmod does not mind it.
for module in modules/*; do
  [ -e "$module/WORKSPACE" ] || echo "workspace(name = \"$(basename "$module")\")" >"$module/WORKSPACE"
  [ -e "$module/MODULE.bazel" ] || : >"$module/MODULE.bazel"
done

# Debian's rules_cc, and the one setting that abseil selects on and it lacks.
cp -r /usr/share/bazel/rules/cc modules/rules_cc
cat >>modules/rules_cc/cc/compiler/BUILD <<'BUILD'

config_setting(
    name = "emscripten",
    flag_values = {"@rules_cc//cc/private/toolchain:compiler": "emscripten"},
)
BUILD
# Mount points, for ./system.bazelrc and the host's own.
for path in bazel.bazelrc hosts resolv.conf; do [ -e "/etc/$path" ] || : >"/etc/$path"; done
mkdir -p /opt/bazelw
