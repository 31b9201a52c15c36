"""A program that is a script of this repository, without a dependency on rules for shell."""

def _script_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.file.src, is_executable = True)
    return [DefaultInfo(executable = program, files = depset([program]))]

script = rule(
    implementation = _script_impl,
    doc = "A script to start with `bazel run`. It finds the repository by BUILD_WORKSPACE_DIRECTORY.",
    attrs = {"src": attr.label(allow_single_file = True, mandatory = True)},
    executable = True,
)
