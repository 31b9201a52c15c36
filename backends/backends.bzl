"""Rules that build a program on a backend named in the BUILD file, whatever the flag says.

`bazel test //...` thus runs each test on every backend, and one invocation measures them all.
"""

ASIO_BACKENDS = [
    "epoll",
    "io_uring",
]

BACKENDS = ASIO_BACKENDS + ["io_uring_native"]

_COMPILATION_MODE = "//command_line_option:compilation_mode"

# The registry's switch for TLS in Boost.Asio: no_ssl, openssl or boringssl.
_SSL = "@boost.asio//:ssl"

# What `tls` turns it to. Both of the registry's libraries are built there with Bazel 7 to 9; this
# one needs a compiler and nothing else, where openssl's build downloads a Perl and runs it, which not
# every Linux does (https://github.com/bazel-contrib/rules_perl/issues/80).
_TLS_LIBRARY = "boringssl"

def _backend_transition_impl(settings, attr):
    return {
        "//backends:backend": attr.backend,
        _COMPILATION_MODE: "opt" if attr.optimized else settings[_COMPILATION_MODE],
        _SSL: _TLS_LIBRARY if attr.tls and settings[_SSL] == "no_ssl" else settings[_SSL],
    }

_backend_transition = transition(
    implementation = _backend_transition_impl,
    inputs = [
        _COMPILATION_MODE,
        _SSL,
    ],
    outputs = [
        "//backends:backend",
        _COMPILATION_MODE,
        _SSL,
    ],
)

def _on_backend_impl(ctx):
    binary = ctx.attr.binary[0] if type(ctx.attr.binary) == "list" else ctx.attr.binary
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = binary[DefaultInfo].files_to_run.executable, is_executable = True)
    return [
        DefaultInfo(
            executable = program,
            files = depset([program]),
            runfiles = ctx.runfiles([program]).merge(binary[DefaultInfo].default_runfiles),
        ),
        RunEnvironmentInfo(
            environment = dict(ctx.attr.env, TIMED_EXPECTED_BACKEND = ctx.attr.backend),
            inherited_environment = [
                "TIMED_REQUIRE_IO_URING",
                "TIMED_REQUIRE_NAMESPACES",
            ],
        ),
        coverage_common.instrumented_files_info(ctx, dependency_attributes = ["binary"]),
    ]

_ATTRS = {
    "backend": attr.string(
        doc = "The value of //backends:backend to build `binary` with.",
        mandatory = True,
        values = BACKENDS,
    ),
    "binary": attr.label(
        doc = "The cc_binary to build.",
        cfg = _backend_transition,
        executable = True,
        mandatory = True,
    ),
    "env": attr.string_dict(doc = "Environment variables it runs with."),
    "optimized": attr.bool(doc = "Build with -c opt, whatever the command line says: for benchmarks."),
    "tls": attr.bool(doc = "Build Boost.Asio with TLS, with BoringSSL unless @boost.asio//:ssl says openssl."),
}

# What `bazel coverage` wants of a test: what turns the counters of a run into a report.
_COVERAGE_ATTRS = {
    "_collect_cc_coverage": attr.label(
        cfg = "exec",
        default = "@bazel_tools//tools/test:collect_cc_coverage",
        executable = True,
    ),
    "_lcov_merger": attr.label(
        cfg = "exec",
        default = configuration_field(fragment = "coverage", name = "output_generator"),
        executable = True,
    ),
}

backend_binary = rule(
    implementation = _on_backend_impl,
    doc = "A program, built on the given backend.",
    attrs = _ATTRS,
    executable = True,
)

backend_test = rule(
    implementation = _on_backend_impl,
    doc = "A test program, built on the given backend.",
    attrs = _ATTRS | _COVERAGE_ATTRS,
    test = True,
)

_IS_MAIN_REPOSITORY = Label("//backends:backends.bzl").repo_name == ""

def tags_on(backend):
    """Returns the tags of this repository's tests on a backend.

    A context of Asio on io_uring locks 1.6 MiB of memory, of which an ordinary user has 8 in all, so
    such tests run one at a time, however many cores there are. The resource is declared in .bazelrc,
    which applies only if this is the main repository; elsewhere Bazel would refuse the tag.

    Args:
      backend: the test's backend.
    """
    return ["resources:lockable_memory:1"] if _IS_MAIN_REPOSITORY and backend == "io_uring" else []

# A tag of tests that wait for deadlines for most of the time: Bazel then runs more of them at once, or
# compiles meanwhile.
MOSTLY_WAITS = ["resources:cpu:0.25"]

def test_on_every_backend(name, binary, backends = BACKENDS, manual_on = [], tags = [], **kwargs):
    """Declares NAME_BACKEND for each backend, and a test_suite NAME of them.

    Args:
      name: the stem of the tests' names.
      binary: the cc_binary that is the test.
      backends: those to test, if it cannot be all.
      manual_on: those that `//...` leaves out, and .ci/release has.
      tags: their tags.
      **kwargs: what each of the tests gets besides (size, env...).
    """
    for backend in backends:
        backend_test(
            name = "{}_{}".format(name, backend),
            backend = backend,
            binary = binary,
            tags = tags + tags_on(backend) + (["manual"] if backend in manual_on else []),
            **kwargs
        )
    native.test_suite(
        name = name,
        tags = ["manual"] if manual_on else [],  # a wildcard would take all of its tests
        tests = [":{}_{}".format(name, backend) for backend in backends],
    )
