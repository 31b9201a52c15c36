"""Adds up LCOV files and prints the coverage of each folder: see tools/coverage.

  table.py DIR LCOV...   writes DIR/coverage.lcov and DIR/uncovered.txt too

Branches of assertions are not counted, as the process ends where one fails. Nor are branches of
lines without a conditional expression, which the compiler makes by itself, for the construction of
a static variable or for a lambda in several instantiations: as lcov has it with --filter branch.
"""

import collections
import os
import re
import sys

ROOTS = ("stream", "backends")
ASSERTION = re.compile(r"^\s*(?:assert|TIMED_URING_ASSERT)\(")
CONDITIONAL = re.compile(r"\b(?:if|while|for|switch|case|catch)\b|\?|&&|\|\|")


def located(path):
    """The path in the repository, or None for what is not there."""
    for candidate in [path] + [os.path.join(root, path) for root in ROOTS]:
        if candidate.startswith(ROOTS) and os.path.isfile(candidate):
            return candidate
    return None


def add_up(files):
    lines = collections.defaultdict(collections.Counter)
    branches = collections.defaultdict(collections.Counter)
    for name in files:
        path = None
        with open(name) as file:
            for record in file:
                kind, _, rest = record.strip().partition(":")
                if kind == "SF":
                    path = located(rest)
                elif path and kind == "DA":
                    line, count = rest.split(",")[:2]
                    lines[path][int(line)] += int(count)
                elif path and kind == "BRDA":
                    line, block, branch, count = rest.split(",")
                    branches[path][int(line), int(block), int(branch)] += 0 if count == "-" else int(count)
    for path in branches:
        with open(path) as file:
            source = file.read().splitlines()
        for key in list(branches[path]):
            text = source[key[0] - 1].split("//")[0]
            if ASSERTION.match(text) or not CONDITIONAL.search(text):
                del branches[path][key]
    return lines, branches


def percent(counts):
    return f"{100 * sum(count > 0 for count in counts) / len(counts):5.1f}" if counts else "    -"


def print_table(lines, branches):
    folders = collections.defaultdict(list)
    for path in lines:
        folders[os.path.dirname(path)].append(path)
        folders[path.split("/")[0] + " in all"].append(path)
        folders["in all"].append(path)
    print(f"{'':44} {'lines':>6} {'%':>6} {'branches':>9} {'%':>6}")
    for folder in sorted(folders, key=lambda name: (name == "in all", name.endswith(" in all"), name)):
        line_counts = [count for path in folders[folder] for count in lines[path].values()]
        branch_counts = [count for path in folders[folder] for count in branches[path].values()]
        print(f"{folder:44} {len(line_counts):6} {percent(line_counts):>6}"
              f" {len(branch_counts):9} {percent(branch_counts):>6}")


def write_lcov(name, lines, branches):
    with open(name, "w") as out:
        for path in sorted(lines):
            out.write(f"SF:{path}\n")
            out.writelines(f"BRDA:{line},{block},{branch},{count}\n"
                           for (line, block, branch), count in sorted(branches[path].items()))
            out.writelines(f"DA:{line},{count}\n" for line, count in sorted(lines[path].items()))
            out.write("end_of_record\n")


def write_uncovered(name, lines, branches):
    """What is not covered, in the order of the source: FILE:LINE, lines or branches, the text."""
    with open(name, "w") as out:
        for path in sorted(lines):
            with open(path) as file:
                source = file.read().splitlines()
            missed = collections.Counter()
            of = collections.Counter()
            for (line, _, _), count in branches[path].items():
                of[line] += 1
                missed[line] += count == 0
            for line in sorted(lines[path]):
                text = source[line - 1].strip()
                if lines[path][line] == 0:
                    out.write(f"{path}:{line}: not reached: {text}\n")
                elif missed[line]:
                    out.write(f"{path}:{line}: {missed[line]} of {of[line]} branches not taken: {text}\n")


def main():
    folder, files = sys.argv[1], sys.argv[2:]
    lines, branches = add_up(files)
    if not lines:
        sys.exit("table.py: no coverage of stream/ or backends/ in " + " ".join(files))
    write_lcov(os.path.join(folder, "coverage.lcov"), lines, branches)
    write_uncovered(os.path.join(folder, "uncovered.txt"), lines, branches)
    print_table(lines, branches)


if __name__ == "__main__":
    main()
