// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// bench:report as a user runs it, with fake programs that measure nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/run/child_process.h"
#include "bench/reporting/run/measure.h"
#include "bench/reporting/run/plan.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Lists two entries and prints results like Google Benchmark. Its values differ a little from run
// to run; a file counts the runs.
constexpr const char* fake_program = R"(#!/bin/sh
for each in "$@"; do
  case "$each" in
    --benchmark_list_tests=true) list=1 ;;
    --benchmark_out=*) out=${each#*=} ;;
    --client_host=*) echo "left out: the host ${each#*=}" >&2 ;;
  esac
done
name=$(basename "$0")
runs=$0.$TIMED_EXPECTED_BACKEND.runs
case "$name-$TIMED_EXPECTED_BACKEND" in
  *forbidden*-io_uring) echo "error: io_uring is forbidden by seccomp" >&2; exit 1 ;;
esac
suite=${name%%-*}
case "$name" in *one_cpu*) echo "left out: all entries, for want of a CPU" >&2; exit 0 ;; esac
if [ -n "${list-}" ]; then
  printf '%s/64/%s/manual_time\n' "$suite" timed "$suite" beast
  exit 0
fi
echo run >>"$runs"
n=$(wc -l <"$runs")
echo "progress: $suite/64/timed 10"
case "$name" in
  *interrupts_at_once*) kill -INT $PPID; sleep 20 ;;
  *terminal_closes*) [ "$n" -lt 6 ] || { kill -HUP $PPID; sleep 2; } ;;
  *interrupts*) [ "$n" -lt 6 ] || { kill -INT $PPID; sleep 20; } ;;
  *crashes_early*) [ "$n" -lt 3 ] || { echo "the reason" >&2; kill -SEGV $$; } ;;
  *slow*) sleep 0.4 ;;
  *leaves_out*) echo "left out: counts that are unavailable here" >&2 ;;
  *writes_nothing*) exit 1 ;;
esac
active=$TIMED_EXPECTED_BACKEND
case "$name" in *fallback*) active=epoll ;; esac
error=
case "$name" in *bad_entry*) error='"error_message": "it lacks something",' ;; esac
case "$name" in *binary*) error=$(printf '"error_message": "the client: \001\377!",') ;; esac
cat >"$out" <<END
{"context": {"backend_active": "$active", "cpu_model": "none", "host_name": "here"},
 "benchmarks": [
  {"family_index": 0, "run_name": "$suite/64/timed/manual_time", "run_type": "iteration",
   $error "time_unit": "ns", "real_time": 10$n.5},
  {"family_index": 1, "run_name": "$suite/64/beast/manual_time", "run_type": "iteration",
   "time_unit": "ns", "real_time": 20$n.5}]}
END
case "$name" in *crashes_late*) [ "$n" -lt 3 ] || { echo "the reason" >&2; kill -SEGV $$; } ;; esac
)";

struct ended {
  std::string how;
  std::string output;
};

class end_to_end : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::path(testing::TempDir()) /
             testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder);
    fs::create_directories(folder);
    out = folder / "out";
  }

  // @param name Begins with the suite; the rest selects the fake's behaviour.
  std::string fake(const std::string& name, const std::string& backend) {
    const fs::path path = folder / name;
    std::ofstream(path) << fake_program;
    fs::permissions(path, fs::perms::owner_all);
    return name.substr(0, name.find('-')) + ":" + backend + ":" + path.string();
  }

  ended report(const std::string& programs, std::vector<std::string> arguments) {
    child_options options;
    options.command = {fs::absolute(std::getenv("REPORT_PROGRAM")).string(),
                       "--programs=" + programs, "--out=" + out.string()};
    options.command.insert(options.command.end(), arguments.begin(), arguments.end());
    ended result;
    options.on_line = [&](const std::string& line) { result.output += line + "\n"; };
    const auto exit = run_child(options);
    result.how = exit.has_value() ? exit->how : exit.error().message;
    return result;
  }

  std::string text_of(const char* name) const {
    std::ifstream file(out / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  report_data data() const { return *read_report((out / "report.json").string()); }

  fs::path folder;
  fs::path out;
};

TEST_F(end_to_end, writes_a_markdown_summary_on_request_and_leaves_none_of_an_earlier_run) {
  const std::string programs = fake("echo_cpu", "epoll");
  for (const char* earlier : {"headline.svg", "headline.png"}) std::ofstream(out / earlier) << "x";
  EXPECT_EQ(report(programs, {"--repetitions=5", "--markdown"}).how, "ended with exit code 0");
  EXPECT_THAT(text_of("summary.md"), HasSubstr("### CPU time of an echo server"));
  EXPECT_FALSE(fs::exists(out / "headline.svg"));  // it measures no overhead
  EXPECT_FALSE(fs::exists(out / "headline.png"));
  EXPECT_EQ(report(programs, {"--repetitions=5"}).how, "ended with exit code 0");
  EXPECT_FALSE(fs::exists(out / "summary.md"));
}

TEST_F(end_to_end, runs_each_program_for_each_round_and_writes_all_files) {
  const ended outcome =
      report(fake("echo_cpu", "epoll") + "," + fake("echo_cpu", "io_uring"), {"--repetitions=5"});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("round 5 of 5 is done"));
  EXPECT_THAT(outcome.output, HasSubstr("echo_cpu on io_uring: CPU time of an echo server"));
  EXPECT_THAT(text_of("report.html"), HasSubstr("<h2 id=\"echo_cpu\""));
  EXPECT_THAT(text_of("report.txt"), HasSubstr("significant (p = "));
  const report_data written = data();
  EXPECT_EQ(written.rounds_complete(), 5u);
  EXPECT_EQ(written.mode, "quick");
  EXPECT_THAT(written.programs[1].find("echo_cpu/64/timed")->samples("real_time"),
              ElementsAre(101.5, 102.5, 103.5, 104.5, 105.5));
  for (const char* file : {"report.html", "report.json", "report.txt"}) {
    EXPECT_THAT(text_of(file), Not(HasSubstr("here\""))) << file;  // the host name
  }
}

TEST_F(end_to_end, reports_what_a_program_leaves_out) {
  const ended outcome = report(fake("echo_cpu-leaves_out", "epoll"), {"--repetitions=2"});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(data().left_out, ElementsAre("echo_cpu on epoll: counts that are unavailable here"));
  EXPECT_THAT(text_of("report.txt"), HasSubstr("left out: echo_cpu on epoll: counts that are"));
}

TEST_F(end_to_end, compares_with_an_earlier_run) {
  const std::string programs = fake("echo_cpu", "epoll");
  report(programs, {"--repetitions=5"});
  fs::copy_file(out / "report.json", folder / "old.json");
  const ended outcome =
      report(programs, {"--repetitions=5", "--compare=" + (folder / "old.json").string()});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("changes since the earlier run"));
  EXPECT_THAT(text_of("report.html"), HasSubstr("Since the earlier run"));
}

TEST_F(end_to_end, shows_and_compares_earlier_runs_without_measuring) {
  report(fake("echo_cpu", "epoll"), {"--repetitions=5"});
  fs::copy_file(out / "report.json", folder / "new.json");
  fs::remove_all(out);
  const std::string path = (folder / "new.json").string();
  const ended outcome = report("", {"--from=" + path, "--compare=" + path});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("2 figures compared, 0 significant"));
  EXPECT_THAT(outcome.output, HasSubstr("are in " + path + ": no report.json was written."));
  EXPECT_THAT(text_of("report.html"), HasSubstr("from " + path + ".</footer>"));
  EXPECT_FALSE(fs::exists(out / "report.json"));
}

// The report.json in the folder is of another run, which may be the newest one.
TEST_F(end_to_end, does_not_replace_report_json_when_it_shows_another_run) {
  const std::string programs = fake("echo_cpu", "epoll");
  report(programs, {"--repetitions=3"});
  fs::copy_file(out / "report.json", folder / "old.json");
  report(programs, {"--repetitions=2"});
  const std::string newest = text_of("report.json");
  const ended outcome = report("", {"--from=" + (folder / "old.json").string()});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(text_of("report.txt"), HasSubstr("3 of 3, each a separate process"));
  EXPECT_EQ(text_of("report.json"), newest);
}

TEST_F(end_to_end, keeps_the_earlier_run_that_it_would_replace) {
  const std::string programs = fake("echo_cpu", "epoll");
  report(programs, {"--repetitions=5"});
  const std::string earlier = text_of("report.json");
  const std::string path = (out / "report.json").string();
  const ended outcome = report(programs, {"--repetitions=5", "--compare=" + path});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_EQ(text_of("report.old.json"), earlier);
  EXPECT_NE(text_of("report.json"), earlier);
  EXPECT_THAT(outcome.output, HasSubstr("those of the earlier run are kept in report.old.json."));
  EXPECT_THAT(text_of("report.html"), HasSubstr("Compared with report.old.json: 2 figures"));
  const ended again = report("", {"--from=" + path, "--compare=" + path});
  EXPECT_EQ(again.how, "ended with exit code 0") << again.output;
  EXPECT_EQ(text_of("report.old.json"), earlier);  // nothing was replaced
}

TEST_F(end_to_end, rejects_a_filter_that_matches_nothing_or_is_invalid) {
  const ended nothing = report(fake("echo_cpu", "epoll"), {"--filter=no_such"});
  EXPECT_EQ(nothing.how, "ended with exit code 2");
  EXPECT_THAT(nothing.output, HasSubstr("--filter=no_such matches no entry"));
  const ended none = report(fake("echo_cpu", "epoll"), {"--filter=("});
  EXPECT_EQ(none.how, "ended with exit code 2");
  EXPECT_THAT(none.output, HasSubstr("\"(\" is not a regular expression"));
  const ended not_all_asked =
      report(fake("echo_cpu-forbidden", "epoll") + "," + fake("echo_cpu-forbidden", "io_uring"),
             {"--filter=no_such"});
  EXPECT_EQ(not_all_asked.how, "ended with exit code 2");
  EXPECT_THAT(not_all_asked.output, HasSubstr("--filter=no_such matches no entry"));
  EXPECT_THAT(not_all_asked.output,
              HasSubstr("echo_cpu_io_uring could not list its entries: it ended"));
}

TEST_F(end_to_end, rejects_a_folder_that_cannot_be_written) {
  out = "/proc/no/folder";
  const ended outcome = report(fake("echo_cpu", "epoll"), {});
  EXPECT_EQ(outcome.how, "ended with exit code 2");
  EXPECT_THAT(outcome.output, HasSubstr("/proc/no/folder cannot be written"));
  EXPECT_THAT(outcome.output, HasSubstr("--out=FOLDER"));
}

TEST_F(end_to_end, rejects_an_invalid_earlier_run_before_it_measures) {
  const std::string programs = fake("echo_cpu", "epoll");
  const fs::path old = folder / "old.json";
  const auto rejects = [&](const std::string& what) {
    const ended outcome = report(programs, {"--compare=" + old.string()});
    EXPECT_EQ(outcome.how, "ended with exit code 2") << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(what));
    EXPECT_FALSE(fs::exists(out / "report.json"));
  };
  rejects("cannot be read (No such file");
  std::ofstream(old) << R"({"benchmarks": []})";
  rejects("it is JSON, but not a report");
  report_data other{.command = "how it was made"};
  std::string text = to_json(other);
  std::ofstream(old) << text;
  rejects("has none of the entries selected now");
  text.replace(text.find("version\":1"), 10, "version\":0");
  std::ofstream(old) << text;
  rejects("format version 0, and this program reads version 1");
}

TEST_F(end_to_end, keeps_what_was_measured_before_an_interrupt) {
  const ended outcome = report(fake("echo_cpu-interrupts", "epoll"), {});
  EXPECT_EQ(outcome.how, "ended with exit code 130") << outcome.output;
  EXPECT_EQ(data().rounds_complete(), 5u);
  EXPECT_THAT(data().stopped, HasSubstr("interrupted"));
  EXPECT_THAT(text_of("report.html"), HasSubstr("<strong>Partial:</strong>"));
  EXPECT_THAT(outcome.output, HasSubstr("PARTIAL: it was interrupted"));
}

TEST_F(end_to_end, keeps_what_was_measured_before_its_terminal_closed) {
  const ended outcome = report(fake("echo_cpu-terminal_closes", "epoll"), {});
  EXPECT_EQ(outcome.how, "ended with exit code 130") << outcome.output;
  EXPECT_EQ(data().rounds_complete(), 5u);
  EXPECT_THAT(data().stopped, HasSubstr("interrupted"));
}

TEST_F(end_to_end, continues_without_its_terminal_under_nohup) {
  std::signal(SIGHUP, SIG_IGN);
  const ended outcome = report(fake("echo_cpu-terminal_closes", "epoll"), {"--repetitions=6"});
  std::signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_EQ(data().rounds_complete(), 6u);
}

TEST_F(end_to_end, keeps_the_files_of_an_earlier_run_if_nothing_was_measured) {
  report(fake("echo_cpu", "epoll"), {"--repetitions=2"});
  const std::string before = text_of("report.json");
  const ended outcome = report(fake("echo_cpu-interrupts_at_once", "epoll"), {});
  EXPECT_EQ(outcome.how, "ended with exit code 130") << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("nothing was measured, so nothing was written\ninterrupted\n"));
  EXPECT_EQ(text_of("report.json"), before);
}

// As with `bazel run //bench:report | head`.
TEST_F(end_to_end, keeps_what_was_measured_if_its_output_is_closed) {
  const std::string program = fs::absolute(std::getenv("REPORT_PROGRAM")).string();
  child_options options;
  options.command = {"/bin/sh", "-c",
                     program + " --repetitions=2 --programs=" + fake("echo_cpu", "epoll") +
                         " --out=" + out.string() + " | :"};
  options.on_line = [](const std::string&) {};
  ASSERT_TRUE(run_child(options).has_value());
  EXPECT_EQ(data().rounds_complete(), 2u);
  EXPECT_THAT(text_of("report.html"), HasSubstr("</html>"));
}

TEST_F(end_to_end, continues_without_a_forbidden_backend) {
  const ended outcome =
      report(fake("echo_cpu-forbidden", "epoll") + "," + fake("echo_cpu-forbidden", "io_uring"),
             {"--repetitions=2"});
  EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("error: echo_cpu_io_uring: it ended with exit code 1"));
  EXPECT_THAT(outcome.output, HasSubstr("forbidden by seccomp"));
  EXPECT_THAT(outcome.output, HasSubstr("--backends=epoll leaves it out."));
  EXPECT_THAT(text_of("report.html"), HasSubstr("echo_cpu on io_uring failed:"));
  EXPECT_EQ(data().rounds_complete(), 2u);
}

TEST_F(end_to_end, rejects_the_figures_of_another_backend) {
  const ended outcome = report(fake("echo_cpu-fallback", "io_uring"), {"--repetitions=2"});
  EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("io_uring was requested, but the results are of epoll"));
  EXPECT_FALSE(fs::exists(out / "report.json"));
}

TEST_F(end_to_end, keeps_the_rounds_before_a_crash) {
  for (const char* name : {"echo_cpu-crashes_early", "echo_cpu-crashes_late"}) {
    const ended outcome = report(fake(name, "epoll"), {"--repetitions=4"});
    EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("round 3: it was killed by signal 11:\n    the reason"));
    EXPECT_EQ(data().programs[0].rounds.size(), 2u);
  }
}

// A killed report leaves the partial file of a program.
TEST_F(end_to_end, ignores_the_partial_file_of_an_earlier_report) {
  fs::create_directories(out);
  std::ofstream(out / "echo_cpu_epoll.partial")
      << R"({"context": {"backend_active": "epoll"}, "benchmarks": [{"family_index": 0,
           "run_name": "echo_cpu/64/timed", "run_type": "iteration", "error_message": "old"}]})";
  const ended outcome = report(fake("echo_cpu-writes_nothing", "epoll"), {"--repetitions=1"});
  EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("round 1: it ended with exit code 1"));
  EXPECT_FALSE(fs::exists(out / "report.json"));
}

TEST_F(end_to_end, reports_a_program_without_entries_such_as_on_one_cpu) {
  const std::string without = fake("echo_cpu-one_cpu", "epoll");
  const ended outcome = report(without + "," + fake("another", "epoll"), {"--repetitions=1"});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("left out: echo_cpu on epoll: all entries, for want of a CPU"));
  EXPECT_THAT(outcome.output, HasSubstr("another on epoll"));
  const ended alone = report(without, {"--repetitions=1"});
  EXPECT_EQ(alone.how, "ended with exit code 2") << alone.output;
  EXPECT_THAT(alone.output, HasSubstr("there is nothing to measure"));
  EXPECT_THAT(alone.output,
              HasSubstr("left out: echo_cpu on epoll: all entries, for want of a CPU"));
}

TEST_F(end_to_end, reports_the_error_of_an_entry) {
  const ended outcome = report(fake("echo_cpu-bad_entry", "epoll"), {"--repetitions=2"});
  EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("timed  FAILED in 2 of 2 rounds: it lacks something"));
  EXPECT_THAT(text_of("report.html"), HasSubstr("FAILED in 2 of 2 rounds: it lacks something"));
}

TEST_F(end_to_end, accepts_errors_with_any_bytes) {
  const ended outcome = report(fake("echo_cpu-binary", "epoll"), {"--repetitions=1"});
  EXPECT_EQ(outcome.how, "ended with exit code 1") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("timed  FAILED in 1 of 1 rounds: the client: ?"
                                        "?!"));
  EXPECT_EQ(data().rounds_complete(), 1u);
}

TEST_F(end_to_end, reports_what_quick_leaves_out) {
  const std::string programs = fake("echo_cpu", "epoll") + "," + fake("expiry_storm", "epoll");
  const ended outcome = report(programs, {"--repetitions=1"});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("left out: expiry_storm, all 2 entries (by --quick)"));
  const ended named = report(programs, {"--repetitions=1", "--filter=expiry_storm"});
  EXPECT_THAT(named.output, HasSubstr("expiry_storm on epoll: When deadlines do pass"));
  EXPECT_THAT(named.output, HasSubstr("left out: echo_cpu, all 2 entries (by --filter)"));
}

TEST_F(end_to_end, starts_no_round_that_would_exceed_the_budget) {
  const auto programs = *parse_programs(fake("echo_cpu-slow", "epoll"));
  measure_options options{.rounds = 50, .min_time_s = 0.01, .budget_s = 1.5, .folder = folder};
  const auto selected = select_entries(programs, options);
  ASSERT_TRUE(selected.has_value()) << selected.error().message;
  report_data measured{.rounds_planned = options.rounds};
  measure(*selected, options, measured);
  EXPECT_GE(measured.rounds_complete(), 1u);
  EXPECT_LE(measured.rounds_complete(), 3u);  // of 0.4 s each, at least
  EXPECT_THAT(measured.stopped, HasSubstr("of 50 rounds fit into the 2 seconds of --quick"));
}

TEST_F(end_to_end, estimates_no_more_time_than_the_budget) {
  const auto programs = *parse_programs(fake("echo_cpu-slow", "epoll"));
  measure_options options{.rounds = 50, .min_time_s = 0.01, .budget_s = 1.5, .folder = folder};
  const auto selected = select_entries(programs, options);
  ASSERT_TRUE(selected.has_value()) << selected.error().message;
  report_data measured{.rounds_planned = options.rounds};
  testing::internal::CaptureStderr();
  measure(*selected, options, measured);
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_THAT(output, HasSubstr("round 1 of 50 is done: "));
  // Nothing is left if the first round has taken most of the budget on a busy machine.
  if (measured.rounds_complete() > 1) {
    EXPECT_THAT(output, testing::ContainsRegex("about [01] s left"));
  }
}

// The target of the default run lacks programs; Bazel then runs the one that has all.
TEST_F(end_to_end, runs_the_target_with_all_programs_if_they_may_be_needed) {
  fs::create_directories(folder / "tools");
  const fs::path bazelw = folder / "tools" / "bazelw";
  std::ofstream(bazelw) << "#!/bin/sh\necho \"$PWD: bazelw $*\"\n";
  fs::permissions(bazelw, fs::perms::owner_all);
  ::setenv("BUILD_WORKSPACE_DIRECTORY", folder.c_str(), 1);
  ::setenv("BUILD_WORKING_DIRECTORY", (folder / "tools").c_str(), 1);
  const std::string programs = fake("echo_cpu", "epoll");
  const std::string begin = (folder / "tools").string() + ": bazelw run //all:programs -- --out=";
  for (const std::string asked : {"--full", "--filter=expiry_storm"}) {
    const ended outcome =
        report(programs, {"--full_target=//all:programs", "--backends=epoll", asked});
    EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
    EXPECT_THAT(outcome.output,
                HasSubstr(begin + out.string() + " --backends=epoll " + asked + "\n"));
  }
  const ended quick = report(programs, {"--full_target=//all:programs", "--repetitions=1"});
  EXPECT_THAT(quick.output, Not(HasSubstr(": bazelw run")));
  ::unsetenv("BUILD_WORKSPACE_DIRECTORY");
  ::unsetenv("BUILD_WORKING_DIRECTORY");
}

TEST_F(end_to_end, passes_the_client_host_on) {
  const ended outcome =
      report(fake("echo_cpu", "epoll"), {"--client_host=10.0.0.2:9000", "--repetitions=1"});
  EXPECT_EQ(outcome.how, "ended with exit code 0") << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("the host 10.0.0.2:9000"));
  EXPECT_THAT(outcome.output, HasSubstr("--client_host=10.0.0.2:9000 --repetitions=1"));
}

TEST_F(end_to_end, rejects_invalid_options) {
  const std::string programs = fake("echo_cpu", "epoll");
  const auto refuses = [&](std::vector<std::string> arguments, const std::string& what) {
    const ended outcome = report(programs, arguments);
    EXPECT_EQ(outcome.how, "ended with exit code 2") << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(what));
  };
  refuses({"--quick", "--full"}, "choose one of them");
  refuses({"--backends=kqueue"}, "there is no backend \"kqueue\"; there are epoll");
  refuses({"--repetitions=-1"}, "--repetitions: at least 1");
  refuses({"--repetitions=0"}, "--repetitions: at least 1");
  refuses({"--min_time=-1s"}, "--min_time: more than 0");
  refuses({"--min_time=0s"}, "--min_time: more than 0");
  for (const char* wrong : {"", "host", "host:", ":9000"}) {
    refuses({std::string("--client_host=") + wrong},
            std::string("--client_host: \"") + wrong + "\" is not HOST:PORT");
  }
  refuses({"more"}, "\"more\" is not an option");
  refuses({"--no_such=1"}, "\"--no_such=1\" is not an option");
  refuses({"--filter"}, "\"--filter\" is not an option, or has no value");
  refuses({"--repetitions=few"}, "--repetitions: \"few\" is not a number");
  refuses({"--min_time=5"}, "--min_time: \"5\" is not a time, such as 100ms");
}

}  // namespace
}  // namespace timed::bench
