"""What is left of a C++ library without compiled objects: headers, dependencies, linker flags."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def objects_of(label, cc_info):
    """The linker inputs with compiled objects that the target `label` itself brings into `cc_info`."""
    return [each for each in cc_info.linking_context.linker_inputs.to_list() if each.owner == label and each.libraries]

def without_objects_of(labels, cc_info):
    """`cc_info` without the objects of the targets `labels`; linker flags (such as -pthread) stay."""
    return CcInfo(
        compilation_context = cc_info.compilation_context,
        linking_context = cc_common.create_linking_context(
            linker_inputs = depset(
                [
                    cc_common.create_linker_input(
                        owner = each.owner,
                        user_link_flags = depset(each.user_link_flags),
                    ) if each.owner in labels else each
                    for each in cc_info.linking_context.linker_inputs.to_list()
                ],
                order = "topological",
            ),
        ),
    )

def _without_own_objects_impl(ctx):
    dep = ctx.attr.dep
    if not objects_of(dep.label, dep[CcInfo]):
        fail(("{} carries no compiled objects of its own, so a second set of them beside it cannot be " +
              "told from it. timed_stream expects Boost.Asio as the Bazel Central Registry packages it: " +
              "one cc_library, compiled separately.").format(dep.label))
    return [without_objects_of([dep.label], dep[CcInfo])]

without_own_objects = rule(
    implementation = _without_own_objects_impl,
    doc = "CcInfo of `dep` minus its own objects: to compile its sources again with other macros.",
    attrs = {"dep": attr.label(mandatory = True, providers = [CcInfo])},
)
