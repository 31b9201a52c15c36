// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/flags.h"

#include <getopt.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bench/reporting/result.h"

namespace timed::bench {
namespace {

// "80ms", "0.5s"
std::optional<double> seconds_of(std::string_view text) {
  double seconds = 1;
  if (absl::ConsumeSuffix(&text, "ms")) {
    seconds = 1e-3;
  } else if (!absl::ConsumeSuffix(&text, "s")) {
    return std::nullopt;
  }
  double number = 0;
  if (!absl::SimpleAtod(text, &number)) return std::nullopt;
  return number * seconds;
}

}  // namespace

result<report_flags> parse_flags(int argc, char** argv) {
  report_flags flags;
  static constexpr std::array<::option, 13> options = {{
      {"help", no_argument, nullptr, 'h'},
      {"quick", no_argument, nullptr, 'q'},
      {"full", no_argument, nullptr, 'f'},
      {"compare", required_argument, nullptr, 'c'},
      {"from", required_argument, nullptr, 'F'},
      {"filter", required_argument, nullptr, 'x'},
      {"backends", required_argument, nullptr, 'b'},
      {"out", required_argument, nullptr, 'o'},
      {"repetitions", required_argument, nullptr, 'r'},
      {"min_time", required_argument, nullptr, 't'},
      {"programs", required_argument, nullptr, 'p'},
      {"full_target", required_argument, nullptr, 'a'},
      {nullptr, 0, nullptr, 0},
  }};
  ::opterr = 0;
  for (int option = 0; (option = ::getopt_long(argc, argv, "+:", options.data(), nullptr)) != -1;) {
    const std::string value = ::optarg == nullptr ? "" : ::optarg;
    switch (option) {
      case 'h':
        flags.help = true;
        break;
      case 'q':
        flags.quick = true;
        break;
      case 'f':
        flags.full = true;
        break;
      case 'c':
        flags.compare = value;
        break;
      case 'F':
        flags.from = value;
        break;
      case 'x':
        flags.filter = value;
        break;
      case 'b':
        flags.backends = absl::StrSplit(value, ',', absl::SkipEmpty());
        break;
      case 'o':
        flags.out = value;
        break;
      case 'p':
        flags.programs = value;
        break;
      case 'a':
        flags.full_target = value;
        break;
      case 'r':
        if (!absl::SimpleAtoi(value, &flags.repetitions.emplace())) {
          return failed(absl::StrCat("--repetitions: \"", value, "\" is not a number"));
        }
        break;
      case 't':
        flags.min_time = value;
        flags.min_time_s = seconds_of(value);
        if (!flags.min_time_s) {
          return failed(absl::StrCat("--min_time: \"", value, "\" is not a time, such as 100ms"));
        }
        break;
      default:
        return failed(absl::StrCat("\"", argv[::optind - 1],
                                   "\" is not an option, or has no value, or one too many; see "
                                   "--help"));
    }
  }
  if (::optind < argc) {
    return failed(absl::StrCat("\"", argv[::optind], "\" is not an option; see --help"));
  }
  return flags;
}

std::string_view usage() {
  return R"(Runs the benchmarks on every backend, prints their tables and writes report.html.

  bazel run //bench:report -- --full --compare=before/report.json

--quick            What the summary needs, within three minutes: 9 rounds of 10 ms. The default.
--full             All entries, as long as it takes: 10 rounds of 20 ms.
--compare=OLD.json report.json of an earlier run: says what has changed since, beyond the noise or
                   not. If this run replaces it, it is kept as report.old.json.
--from=NEW.json    report.json of a run: measures nothing, makes table and page of that one, such
                   as to --compare two that are there. Writes no report.json.
--filter=REGEX     What the entries' names have to match. It picks from all entries, with --quick
                   too.
--backends=A,B     Backends to measure; all if there is none.
--out=FOLDER       For report.html, report.json and report.txt, which are replaced; report/ in the
                   workspace if there is none.
--repetitions=N    How many rounds: how often each entry is measured, each time in another process.
                   It lifts the limit of three minutes.
--min_time=100ms   How long a round measures an entry, at least.

`bazel run` hands over:
--programs=LIST    SUITE:BACKEND:PATH of each program.
--full_target=T    The target that also has the programs which only --full and --filter need; none
                   if this one has them.
)";
}

}  // namespace timed::bench
