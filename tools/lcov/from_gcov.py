#!/usr/bin/env python3
"""Makes an LCOV file of what gcov wrote for one test: the coverage output generator of tools/coverage.

Bazel calls it after each test, with the folder that has gcov's *.gcov.json.gz. Only files of stream/ and
backends/ are kept; those that are included by another path are named timed/...

Branches to exception handlers ("throw" in gcov's words) are left out: every call has one. A line of a
template has branches for each instantiation. They are added up, so a branch counts as taken if it is
taken in one of them.
"""

import collections
import gzip
import json
import os
import re
import sys

KEPT = re.compile(r"(?:^|.*/_virtual_includes/[^/]+/|^/proc/self/cwd/)((?:(?:stream|backends)/)?timed/.*|(?:stream|backends)/.*)$")


def arguments():
    found = dict(arg[2:].split("=", 1) for arg in sys.argv[1:] if arg.startswith("--") and "=" in arg)
    return found["coverage_dir"], found["output_file"]


def add(report, lines, branches):
    for file in report["files"]:
        kept = KEPT.match(file["file"])
        if not kept:
            continue
        path = kept.group(1)
        for line in file["lines"]:
            number = line["line_number"]
            lines[path][number] += line["count"]
            taken = list(decisions(line["branches"]))
            # Instantiations with as many branches are taken for the same code.
            for i, count in enumerate(taken):
                branches[path][number, len(taken), i] += count


def decisions(found):
    """Returns the counts of what leaves a block in two or more ways, besides to exception handlers."""
    blocks = collections.defaultdict(list)
    for branch in found:
        if not branch["throw"]:
            blocks[branch["source_block_id"]].append(branch["count"])
    for counts in blocks.values():
        if len(counts) > 1:
            yield from counts


def read(coverage_dir):
    """Returns {file: {line: count}} and {file: {(line, block, branch): count}}."""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    branches = collections.defaultdict(lambda: collections.defaultdict(int))
    for folder, _, names in os.walk(coverage_dir):
        for name in names:
            if name.endswith(".gcov.json.gz"):
                with gzip.open(os.path.join(folder, name), "rt", errors="replace") as file:
                    add(json.load(file), lines, branches)
    return lines, branches


def write(output_file, lines, branches):
    with open(output_file, "w") as out:
        for path in sorted(lines):
            out.write(f"SF:{path}\n")
            for (line, block, branch), count in sorted(branches[path].items()):
                out.write(f"BRDA:{line},{block},{branch},{count}\n")
            for line, count in sorted(lines[path].items()):
                out.write(f"DA:{line},{count}\n")
            out.write("end_of_record\n")


if __name__ == "__main__":
    coverage_folder, output = arguments()
    write(output, *read(coverage_folder))
