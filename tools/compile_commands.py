"""Makes compile_commands.json of what `bazel aquery --output=jsonproto` says: see tools/compile_commands."""

import argparse
import json
import os
import re

# Headers of Debian packages in bazelw's root file system, the kernel's among them. Its whole /usr/include
# would hide the C library's.
LIBRARIES = ["asm", "asm-generic", "benchmark", "boost", "event2", "hdr", "linux", "openssl"]

# Flags of GCC that Clang does not know, and those that only concern what the compiler writes.
LEFT_OUT = re.compile(
    r"-fno-canonical-system-headers|-Wno-free-nonheap-object|-Wunused-but-set-parameter|-Wno-mismatched-new-delete"
    r"|-Wno-builtin-macro-redefined|-D__(?:DATE|TIME|TIMESTAMP)__=.*|-frandom-seed=.*|-Werror|-MD|-fsyntax-only"
    r"|-x.*header|-std=c\+\+17")

# The folders in which Bazel arranges headers so that <timed/...> finds them.
VIRTUAL = re.compile(r"^-I.*/bin/(stream|backends)/(?:.*/)?_virtual_includes/")


class Paths:
    """Paths as they are outside of bazelw's root file system."""

    def __init__(self, options):
        self.execution_root = options.execution_root
        self.moved = []
        if options.root:
            self.moved = [("/opt/bazelw/", options.modules + "/"),
                          ("/usr/share/bazel/", options.root + "/usr/share/bazel/")]

    def outside(self, path):
        for inside, where in self.moved:
            if path.startswith(inside):
                return where + path[len(inside):]
        return path

    def of(self, path):
        """Of a path as the compiler is given it."""
        if path.startswith("external/"):
            repository, _, rest = path[len("external/"):].partition("/")
            link = os.path.join(self.execution_root, "..", "..", "external", repository)
            folder = os.readlink(link) if os.path.islink(link) else os.path.realpath(link)
            return os.path.join(self.outside(folder), rest).rstrip("/")
        if path.startswith("bazel-out/"):
            return os.path.join(self.execution_root, path)
        return path


def arguments_of(action, paths):
    result = []
    remaining = iter(action["arguments"][1:])
    for argument in remaining:
        if argument in ("-isystem", "-iquote"):
            folder = paths.of(next(remaining))
            if argument == "-iquote" or os.path.isdir(folder):
                result += [argument, folder]
        elif argument in ("-MF", "-o"):
            next(remaining)
        elif VIRTUAL.match(argument):
            result.append("-I" + VIRTUAL.match(argument).group(1))
        elif argument.startswith("-I"):
            result.append("-I" + paths.of(argument[2:]))
        elif not LEFT_OUT.fullmatch(argument):
            result.append(argument)
    return without_repetitions(result)


def without_repetitions(arguments):
    """Leaves out what is there before, a flag together with its operand."""
    result = []
    seen = set()
    remaining = iter(arguments)
    for argument in remaining:
        flag = (argument, next(remaining)) if argument in ("-isystem", "-iquote", "-c") else (argument,)
        if flag not in seen:
            seen.add(flag)
            result += flag
    return result


def preference(action):
    """Of the actions that compile a file, the one with the least: no transition, not optimised."""
    output = action["arguments"][action["arguments"].index("-o") + 1]
    return ("-ST-" in output, "-opt" in output, output)


def library_headers(options):
    """Flags for the libraries of bazelw's root file system: a folder of links to them beside it."""
    if not options.root:
        return []
    include = os.path.join(options.root, "usr/include")
    folder = os.path.join(os.path.dirname(options.root), "headers" + os.path.basename(options.root)[len("root"):])
    # OpenSSL has headers in two places.
    for library in LIBRARIES:
        os.makedirs(os.path.join(folder, library), exist_ok=True)
        for place in (include, os.path.join(include, os.uname().machine + "-linux-gnu")):
            source = os.path.join(place, library)
            for name in os.listdir(source) if os.path.isdir(source) else []:
                link = os.path.join(folder, library, name)
                if not os.path.islink(link):
                    os.symlink(os.path.join(source, name), link)
    return ["-isystem", folder]


def main():
    parser = argparse.ArgumentParser()
    for name in ("actions", "execution_root", "root", "modules"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    with open(options.actions) as file:
        actions = json.load(file)["actions"]

    chosen = {}
    for action in actions:
        arguments = action["arguments"]
        path = arguments[arguments.index("-c") + 1]
        if path.startswith(("external/", "bazel-out/")):
            continue
        if path not in chosen or preference(action) < preference(chosen[path]):
            chosen[path] = action

    paths = Paths(options)
    libraries = library_headers(options)
    entries = []
    for path, action in sorted(chosen.items()):
        language = ["-xc++-header"] if path.endswith(".h") else []
        entries.append({
            "directory": os.getcwd(),
            "file": path,
            "arguments": ["c++"] + language + arguments_of(action, paths) + libraries,
        })
    with open("compile_commands.json", "w") as out:
        json.dump(entries, out, indent=1)
        out.write("\n")
    print(f"compile_commands.json: {len(entries)} files")


if __name__ == "__main__":
    main()
