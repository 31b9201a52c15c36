"""A script as a program: sh_binary and py_binary need rules that Bazel 9 no longer has built in."""

def _script_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name + "_program")
    ctx.actions.symlink(output = program, target_file = ctx.file.src, is_executable = True)
    return [DefaultInfo(
        executable = program,
        files = depset([program]),
        runfiles = ctx.runfiles([program, ctx.file.src]),
    )]

script = rule(
    implementation = _script_impl,
    doc = "The executable file `src`, which names its interpreter.",
    attrs = {
        "src": attr.label(
            allow_single_file = True,
            doc = "The file.",
            mandatory = True,
        ),
    },
    executable = True,
)
