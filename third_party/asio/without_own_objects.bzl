"""A C++ library's headers and dependencies, without the objects compiled from its own sources."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _without_own_objects_impl(ctx):
    dep = ctx.attr.dep[CcInfo]
    inputs = dep.linking_context.linker_inputs.to_list()
    others = [each for each in inputs if each.owner != ctx.attr.dep.label]
    own = [each for each in inputs if each.owner == ctx.attr.dep.label and each.libraries]
    if not own:
        fail(("{} carries no compiled objects of its own, so a second set of them beside it cannot be " +
              "told from it. timed_stream expects Boost.Asio as the Bazel Central Registry packages it: " +
              "one cc_library, compiled separately.").format(ctx.attr.dep.label))
    flags = [cc_common.create_linker_input(
        owner = ctx.label,
        user_link_flags = depset([flag for each in own_flags(inputs, ctx.attr.dep.label) for flag in each]),
    )]
    return [CcInfo(
        compilation_context = dep.compilation_context,
        linking_context = cc_common.create_linking_context(linker_inputs = depset(others + flags, order = "topological")),
    )]

def own_flags(inputs, label):
    """The linker flags (such as -pthread) that the library `label` asks for."""
    return [each.user_link_flags for each in inputs if each.owner == label]

without_own_objects = rule(
    implementation = _without_own_objects_impl,
    doc = "CcInfo of `dep` minus its own objects: to compile its sources again with other macros.",
    attrs = {"dep": attr.label(mandatory = True, providers = [CcInfo])},
)
