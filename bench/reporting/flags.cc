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
#include "bench/harness/client_host.h"
#include "bench/reporting/model/result.h"

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
  static constexpr std::array<::option, 15> options = {{
      {"help", no_argument, nullptr, 'h'},
      {"quick", no_argument, nullptr, 'q'},
      {"full", no_argument, nullptr, 'f'},
      {"markdown", no_argument, nullptr, 'm'},
      {"compare", required_argument, nullptr, 'c'},
      {"from", required_argument, nullptr, 'F'},
      {"filter", required_argument, nullptr, 'x'},
      {"backends", required_argument, nullptr, 'b'},
      {"client_host", required_argument, nullptr, 'H'},
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
      case 'm':
        flags.markdown = true;
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
      case 'H':
        if (!is_host_and_port(value)) {
          return failed(absl::StrCat("--client_host: \"", value, "\" is not HOST:PORT"));
        }
        flags.client_host = value;
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
        return failed(
            absl::StrCat("\"", argv[::optind - 1],
                         "\" is not an option, or has no value, or an unexpected one; see "
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

--quick            The entries of the summary, within three minutes: 9 rounds of 10 ms. The default.
--full             All entries, without a time limit: 10 rounds of 20 ms.
--compare=OLD.json Reports the changes since an earlier run, and which of them are significant. If
                   this run would replace the file, it is kept as report.old.json.
--from=NEW.json    Makes tables and page of an earlier run and measures nothing; with --compare,
                   compares two earlier runs. Writes no report.json.
--filter=REGEX     Measures only entries whose names match. Selects from all entries, also with
                   --quick.
--backends=A,B     Measures only these backends. Default: all.
--client_host=HOST:PORT
                   Has the clients of the suites with servers run on another host, where
                   `bazel run //bench:client -- --port=PORT` was started.
--markdown         Also writes summary.md, in GitHub-flavoured Markdown.
--out=FOLDER       Folder of report.html, report.json, report.txt, headline.svg and summary.md,
                   which are replaced. Default: report/ in the workspace.
--repetitions=N    Number of rounds. Each measures each entry once, in a new process. Lifts the
                   limit of three minutes.
--min_time=100ms   Minimum time that a round measures an entry.

Set by the target that `bazel run` builds:
--programs=LIST    SUITE:BACKEND:PATH of each program.
--full_target=T    The target with the programs that only --full and --filter need.
)";
}

}  // namespace timed::bench
