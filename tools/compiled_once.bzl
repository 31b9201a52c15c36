"""Libraries that do not depend on the backend, compiled once for all of them.

Each backend, and TLS, is a configuration of its own (//backends:backends.bzl), in which Bazel compiles
whatever a program depends on. These rules leave it, so that what is behind them is compiled in one
configuration. Nothing that includes Asio's headers may be: its macros differ between backends.
"""

load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

# Flags on the command line, such as those of sanitizers, stay as they are. The first two settings are
# the defaults, so that targets with no transition before them get the same configuration.
def _one_configuration_impl(_settings, attr):
    return {
        "//backends:backend": "epoll",
        "//command_line_option:compilation_mode": attr.compilation_mode,
        "@boost.asio//:ssl": "no_ssl",
    }

_one_configuration = transition(
    implementation = _one_configuration_impl,
    inputs = [],
    outputs = [
        "//backends:backend",
        "//command_line_option:compilation_mode",
        "@boost.asio//:ssl",
    ],
)

def _compiled_once_impl(ctx):
    library = ctx.attr.library[0]

    # Programs build what they link. Its files would include a shared library, whose objects `//...` would
    # compile besides those (-fPIC).
    return [library[CcInfo], DefaultInfo(runfiles = library[DefaultInfo].default_runfiles)]

compiled_once = rule(
    implementation = _compiled_once_impl,
    doc = "The library `library`, compiled in one configuration.",
    attrs = {
        "compilation_mode": attr.string(
            default = "opt",
            doc = "Of that configuration: opt for what benchmarks measure with.",
            values = ["fastbuild", "opt"],
        ),
        "library": attr.label(
            cfg = _one_configuration,
            mandatory = True,
            providers = [CcInfo],
        ),
    },
    provides = [CcInfo],
)

def cc_library_compiled_once(name, tags = [], visibility = None, **kwargs):
    """A cc_library of ours that is compiled once, optimised.

    Args:
      name: its name.
      tags: its tags.
      visibility: its visibility.
      **kwargs: what else the cc_library has.
    """
    cc_library(
        name = name + "_compiled",
        tags = tags + ["manual"],  # the one below builds it
        visibility = ["//visibility:private"],
        **kwargs
    )
    compiled_once(
        name = name,
        library = name + "_compiled",
        tags = tags,
        testonly = kwargs.get("testonly", False),
        visibility = visibility,
    )
