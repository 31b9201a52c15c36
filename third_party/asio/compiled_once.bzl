"""Libraries over Asio that are the same on several backends, compiled once for these."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load(":objects.bzl", "objects_of", "without_objects_of")

_BACKEND = "//backends:backend"

# With the flag at io_uring_native, Asio is the same as with epoll. TLS adds to Asio what such a library
# does not use.
def _one_per_asio_impl(settings, _attr):
    return {
        _BACKEND: "io_uring" if settings[_BACKEND] == "io_uring" else "epoll",
        "@boost.asio//:ssl": "no_ssl",
    }

_one_per_asio = transition(
    implementation = _one_per_asio_impl,
    inputs = [_BACKEND],
    outputs = [
        _BACKEND,
        "@boost.asio//:ssl",
    ],
)

def _compiled_once_per_asio_impl(ctx):
    library = ctx.attr.library
    rest = without_objects_of([library.label], library[CcInfo])
    return [CcInfo(
        compilation_context = library[CcInfo].compilation_context,
        linking_context = cc_common.create_linking_context(
            linker_inputs = depset(
                objects_of(library.label, ctx.attr.objects[0][CcInfo]),
                order = "topological",
                transitive = [rest.linking_context.linker_inputs],
            ),
        ),
    )]

compiled_once_per_asio = rule(
    implementation = _compiled_once_per_asio_impl,
    doc = "The library `library`, whose own objects depend on no other flag than the one for Asio's " +
          "io_uring. What it depends on is that of the configuration.",
    attrs = {
        "library": attr.label(mandatory = True, providers = [CcInfo]),
        "objects": attr.label(
            cfg = _one_per_asio,
            doc = "The same one.",
            mandatory = True,
            providers = [CcInfo],
        ),
    },
    provides = [CcInfo],
)
