"""The dependencies for WORKSPACE files, under the names that they have with Bzlmod.

A dependent's WORKSPACE, after it has declared @timed_stream:

    load("@timed_stream//third_party:repositories.bzl", "timed_stream_dependencies")

    timed_stream_dependencies()

A repository that is declared already is left as it is. The hashes are those that the Bazel
Central Registry (for Boost: several packagers) publish for the same archives; docs/bazel.md says how
they were checked.
"""

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")

def _alias_repository_impl(ctx):
    ctx.file("WORKSPACE", "workspace(name = {})\n".format(repr(ctx.name)))
    ctx.file("BUILD", "alias(name = {}, actual = {}, visibility = [\"//visibility:public\"])\n".format(
        repr(ctx.name),
        repr(str(ctx.attr.actual)),
    ))

_alias_repository = repository_rule(
    implementation = _alias_repository_impl,
    doc = "A repository @NAME whose target @NAME//:NAME stands for another one.",
    attrs = {"actual": attr.label(mandatory = True)},
)

def _asio_repository_impl(ctx):
    ctx.file("WORKSPACE", "workspace(name = {})\n".format(repr(ctx.name)))
    ctx.file("BUILD", """
load("@bazel_skylib//rules:common_settings.bzl", "string_flag")

package(default_visibility = ["//visibility:public"])

alias(name = {name}, actual = {actual})

string_flag(
    name = "ssl",
    build_setting_default = "no_ssl",
    values = ["no_ssl", "openssl", "boringssl"],
)

config_setting(name = "no_ssl", flag_values = {{":ssl": "no_ssl"}})
""".format(name = repr(ctx.name), actual = repr(str(ctx.attr.actual))))

_asio_repository = repository_rule(
    implementation = _asio_repository_impl,
    doc = "As _alias_repository, with the switch for TLS that the registry's boost.asio has.",
    attrs = {"actual": attr.label(mandatory = True)},
)

def _github(name, repository, path, **kwargs):
    maybe(
        http_archive,
        name = name,
        urls = ["https://github.com/{}/{}".format(repository, path)],
        **kwargs
    )

def _boost():
    maybe(
        http_archive,
        name = "boost",
        build_file = Label("//third_party:boost.BUILD"),
        # A package of its own in the release, where the headers' glob would stop.
        patch_cmds = ["rm -f doc/pdf/BUILD"],
        sha256 = "49551aff3b22cbc5c5a9ed3dbc92f0e23ea50a0f7325b0d198b705e8ee3fc305",
        strip_prefix = "boost_1_90_0",
        urls = ["https://archives.boost.io/release/1.90.0/source/boost_1_90_0.tar.bz2"],
    )

def timed_stream_dependencies():
    """What @timed_stream needs to be built and depended on."""

    # Of the versions that abseil-cpp can be built with, the only one that needs no other repository:
    # 0.1.1 to 0.1.4 load @com_google_protobuf, and from 0.2.0 on one that a module extension makes.
    _github(
        name = "rules_cc",
        path = "releases/download/0.1.5/rules_cc-0.1.5.tar.gz",
        repository = "bazelbuild/rules_cc",
        sha256 = "b8b918a85f9144c01f6cfe0f45e4f2838c7413961a8ff23bc0c6cdf8bb07a3b6",
        strip_prefix = "rules_cc-0.1.5",
    )
    _github(
        name = "bazel_skylib",
        path = "releases/download/1.8.2/bazel-skylib-1.8.2.tar.gz",
        repository = "bazelbuild/bazel-skylib",
        sha256 = "6e78f0e57de26801f6f564fa7c4a48dc8b36873e416257a92bbb0937eeac8446",
    )
    _github(
        name = "platforms",
        path = "releases/download/1.0.0/platforms-1.0.0.tar.gz",
        repository = "bazelbuild/platforms",
        sha256 = "3384eb1c30762704fbe38e440204e114154086c8fc8a8c2e3e28441028c019a8",
    )
    _github(
        name = "liburing",
        build_file = Label("//third_party:liburing.BUILD"),
        path = "archive/refs/tags/liburing-2.15.tar.gz",
        repository = "axboe/liburing",
        sha256 = "8d052f2622dcb3678cbaee5ff582a87572672a6c0a56533cdda5b65cb636120a",
        strip_prefix = "liburing-liburing-2.15",
    )
    _boost()
    maybe(_asio_repository, name = "boost.asio", actual = "@boost//:asio")
    maybe(_alias_repository, name = "boost.system", actual = "@boost//:headers")

def timed_stream_dev_dependencies():
    """What our tests and benchmarks need besides; a dependent does not call this."""
    _boost()
    maybe(_alias_repository, name = "boost.beast", actual = "@boost//:beast")
    maybe(_alias_repository, name = "boost.config", actual = "@boost//:headers")
    maybe(_alias_repository, name = "boost.json", actual = "@boost//:json")
    _github(
        name = "abseil-cpp",
        path = "releases/download/20260107.1/abseil-cpp-20260107.1.tar.gz",
        repository = "abseil/abseil-cpp",
        sha256 = "4314e2a7cbac89cac25a2f2322870f343d81579756ceff7f431803c2c9090195",
        strip_prefix = "abseil-cpp-20260107.1",
    )
    _github(
        name = "google_benchmark",
        path = "archive/refs/tags/v1.9.5.tar.gz",
        repository = "google/benchmark",
        sha256 = "9631341c82bac4a288bef951f8b26b41f69021794184ece969f8473977eaa340",
        strip_prefix = "benchmark-1.9.5",
    )
    _github(
        name = "googletest",
        path = "releases/download/v1.17.0/googletest-1.17.0.tar.gz",
        repository = "google/googletest",
        sha256 = "65fab701d9829d38cb77c14acdc431d2108bfdbf8979e40eb8ae567edf10b27c",
        strip_prefix = "googletest-1.17.0",
    )
    _github(
        name = "hdrhistogram_c",
        build_file = Label("//third_party:hdrhistogram_c.BUILD"),
        path = "archive/refs/tags/0.11.9.tar.gz",
        repository = "HdrHistogram/HdrHistogram_c",
        sha256 = "0eb5fdb9f1f8c4b9c6eb319502f8d9e28991afffb8418672a61741993855650e",
        strip_prefix = "HdrHistogram_c-0.11.9",
    )
    _github(
        name = "libevent",
        build_file = Label("//third_party:libevent.BUILD"),
        path = "releases/download/release-2.1.12-stable/libevent-2.1.12-stable.tar.gz",
        repository = "libevent/libevent",
        sha256 = "92e6de1be9ec176428fd2367677e61ceffc2ee1cb119035037a27d346b0403bb",
        strip_prefix = "libevent-2.1.12-stable",
    )
