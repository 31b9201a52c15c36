"""Libraries that were made for @boost.asio, on the Boost.Asio that the backend flag picks."""

load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//third_party/asio:objects.bzl", "objects_of", "without_objects_of")

_BoostAsioUseInfo = provider(
    doc = "A library's use of @boost.asio.",
    fields = {
        "compiled": "depset of the labels of those on the way to @boost.asio that have compiled objects",
        "uses_it": "whether it is @boost.asio, or depends on it",
    },
)

_DEPENDENCIES = ["deps", "implementation_deps"]

def _boost_asio_use_impl(target, ctx):
    if target.label == ctx.attr._boost_asio.label:
        return [_BoostAsioUseInfo(uses_it = True, compiled = depset())]
    uses = [
        dep[_BoostAsioUseInfo]
        for name in _DEPENDENCIES
        for dep in getattr(ctx.rule.attr, name, [])
        if _BoostAsioUseInfo in dep and dep[_BoostAsioUseInfo].uses_it
    ]
    is_compiled = uses and CcInfo in target and objects_of(target.label, target[CcInfo])
    return [_BoostAsioUseInfo(
        compiled = depset([target.label] if is_compiled else [], transitive = [use.compiled for use in uses]),
        uses_it = bool(uses),
    )]

_boost_asio_use = aspect(
    implementation = _boost_asio_use_impl,
    attr_aspects = _DEPENDENCIES,
    attrs = {"_boost_asio": attr.label(default = "@boost.asio")},
)

def _with_asio_of_backend_impl(ctx):
    dep = ctx.attr.dep
    asio = ctx.attr._asio[CcInfo]
    boost_asio = ctx.attr._boost_asio.label
    if ctx.attr._asio.label == boost_asio:
        return [cc_common.merge_cc_infos(cc_infos = [dep[CcInfo], asio])]
    left_out = [dep.label] if ctx.attr.without_own_objects else []
    for label in dep[_BoostAsioUseInfo].compiled.to_list():
        if label not in left_out:
            fail(("{} was compiled for @boost.asio, that is, for epoll: its objects do not go with the " +
                  "Asio that this backend has. If it is with_asio_of_backend's `dep`, give the sources to " +
                  "compile it again (`srcs`); otherwise it stays on the epoll backend.").format(label))
    return [cc_common.merge_cc_infos(cc_infos = [without_objects_of([boost_asio] + left_out, dep[CcInfo]), asio])]

_with_asio_of_backend = rule(
    implementation = _with_asio_of_backend_impl,
    attrs = {
        "dep": attr.label(aspects = [_boost_asio_use], mandatory = True, providers = [CcInfo]),
        "without_own_objects": attr.bool(),
        "_asio": attr.label(default = "//third_party/asio", providers = [CcInfo]),
        "_boost_asio": attr.label(default = "@boost.asio"),
    },
)

def with_asio_of_backend(name, dep, srcs = [], **kwargs):
    """The library `dep`, which depends on @boost.asio, for programs on any backend.

    Where the flag picks another Asio, that one's macros and objects take the place of
    @boost.asio's. Code that was compiled against @boost.asio then does not fit (the macros change
    the layout of Asio's types), so that is an error, except for `dep` itself if `srcs` says how to
    compile it again.

    Args:
      name: the library to depend on instead of `dep`.
      dep: a header-only library; or one with objects of its own, which `srcs` replaces.
      srcs: what to compile in place of `dep`'s own objects where they do not fit; on epoll it is not used.
      **kwargs: what else the target gets (visibility, testonly...).
    """
    if not srcs:
        _with_asio_of_backend(name = name, dep = dep, **kwargs)
        return

    internal = {
        key: value
        for key, value in kwargs.items()
        if key in ["compatible_with", "restricted_to", "target_compatible_with", "testonly"]
    }
    _with_asio_of_backend(
        name = name + "_headers",
        dep = dep,
        tags = ["manual"],  # a part of `name`, refused on io_uring if there is other compiled code
        visibility = ["//visibility:private"],
        without_own_objects = True,
        **internal
    )
    cc_library(
        name = name + "_compiled",
        srcs = srcs,
        copts = ["-w"],  # third-party sources
        features = ["-layering_check", "-parse_headers"],
        linkstatic = True,
        tags = ["manual"],  # on epoll it would be the second set of dep's objects
        visibility = ["//visibility:private"],
        deps = [":" + name + "_headers"],
        **internal
    )
    native.alias(
        name = name,
        actual = select({
            Label("//backends:io_uring"): ":" + name + "_compiled",
            "//conditions:default": dep,
        }),
        **kwargs
    )
