"""Tests that drive a program as its user does: as a process, with a client."""

load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc:cc_test.bzl", "cc_test")
load("@timed_stream//backends:backends.bzl", "BACKENDS", "backend_binary")

def driven_on_every_backend(name, program, srcs, data = [], tls = False, **kwargs):
    """Declares NAME_BACKEND for each backend, and a test_suite NAME of them.

    The test itself is compiled once. It finds the program's path in the environment variable PROGRAM.

    Args:
      name: the stem of the tests' names.
      program: the name of the cc_binary to drive, in the same package.
      srcs: the test.
      data: other programs, without the backend's name, that the test starts. The program
        `other` is found in the environment variable OTHER.
      tls: whether the programs need TLS.
      **kwargs: what each of the tests gets besides.
    """
    cc_library(
        name = name + "_code",
        testonly = True,
        srcs = srcs,
        deps = [
            "//support:driven",
            "@googletest//:gtest_main",
        ],
        alwayslink = True,
    )
    for backend in BACKENDS:
        for each in [program] + data:
            backend_binary(
                name = "{}_{}".format(each, backend),
                backend = backend,
                binary = each,
                tls = tls,
            )
        cc_test(
            name = "{}_{}".format(name, backend),
            size = "small",
            data = [":{}_{}".format(each, backend) for each in [program] + data],
            env = dict(
                {each.upper(): "$(rootpath :{}_{})".format(each, backend) for each in data},
                PROGRAM = "$(rootpath :{}_{})".format(program, backend),
            ),
            deps = [":" + name + "_code"],
            **kwargs
        )
    native.test_suite(
        name = name,
        tests = [":{}_{}".format(name, backend) for backend in BACKENDS],
    )
