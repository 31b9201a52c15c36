"""Test programs of several source files that are compiled as one.

What a test file includes (Asio, GoogleTest, the streams) takes most of the time to compile, and is thus
compiled once for all of them. Each file is a test of its own nevertheless: //tests/support:selected runs
those that the environment variable TIMED_TESTS_OF names, in a process of their own.
"""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_cc//cc:cc_library.bzl", "cc_library")

def unity_program(name, tests, copts = [], deps = [], **kwargs):
    """Declares a cc_binary of the files TEST.cc for each of `tests`.

    Their names in anonymous namespaces have to differ, as the compiler says if they do not.

    Args:
      name: the program's name.
      tests: the files' names, without ".cc".
      copts: its flags.
      deps: what they depend on.
      **kwargs: what else the program has.
    """
    native.genrule(
        name = name + "_source",
        outs = [name + ".cc"],
        cmd = "printf '#include \"%s\"\\n' {} >$@".format(
            " ".join(["{}/{}.cc".format(native.package_name(), test) for test in tests]),
        ),
    )
    cc_library(
        name = name + "_files",
        tags = ["manual"],
        textual_hdrs = [test + ".cc" for test in tests],
    )
    cc_binary(
        name = name,
        srcs = [name + ".cc"],
        copts = copts + ["-Werror"],  # .bazelrc's does not reach a source that is made
        deps = deps + [":" + name + "_files"],
        **kwargs
    )

def in_groups(tests, size = 8):
    """Splits a list, such that none of the groups takes much memory to compile.

    Args:
      tests: the list.
      size: how many a group has, at most.

    Returns:
      A list of lists.
    """
    return [tests[i:i + size] for i in range(0, len(tests), size)]
