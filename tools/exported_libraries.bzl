"""One name for several C++ libraries.

Clang's layering_check (a Bazel feature) lets a target include headers of its direct dependencies
only, and a cc_library without headers of its own does not pass on those of its dependencies. This
rule does.
"""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _exported_libraries_impl(ctx):
    return [
        DefaultInfo(files = depset(transitive = [dep[DefaultInfo].files for dep in ctx.attr.deps])),
        cc_common.merge_cc_infos(direct_cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]),
    ]

exported_libraries = rule(
    implementation = _exported_libraries_impl,
    doc = "A library to depend on in place of all of `deps`.",
    attrs = {"deps": attr.label_list(mandatory = True, providers = [CcInfo])},
)
