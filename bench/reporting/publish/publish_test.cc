// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Text that is generated from results.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/model/result.h"
#include "bench/reporting/publish/documents.h"
#include "bench/reporting/publish/fill_in.h"
#include "bench/reporting/publish/generated_blocks.h"
#include "bench/reporting/publish/losses.h"
#include "bench/reporting/publish/wrapped.h"

namespace timed::bench {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// --- Blocks ------------------------------------------------------------------------------------

result<std::string> shout(const std::string& results, std::string_view from) {
  if (from == "bad") return failed("the reason");
  return results + " " + std::string(from) + "!";
}

constexpr std::string_view document = R"(# Title
4 ns, before any results are named
<!-- results: a.json -->
text
<!-- generated from
one
-->
a.json one!
<!-- end -->
more
<!-- generated from
two
-->
a.json old!
<!-- end -->
)";

std::vector<std::string> texts_of(const std::vector<finding>& findings) {
  std::vector<std::string> texts;
  for (const finding& found : findings) {
    texts.push_back(std::to_string(found.line) + ": " + found.what);
  }
  return texts;
}

TEST(regenerate, replaces_the_text_of_stale_blocks_only_and_says_what_differs) {
  const regenerated is = regenerate(document, shout);
  std::string expected(document);
  expected.replace(expected.find("old!"), 4, "two!");
  EXPECT_EQ(is.text, expected);
  EXPECT_THAT(texts_of(is.stale), ElementsAre(R"(11: has "a.json old!" instead of "a.json two!")"));
  EXPECT_THAT(is.errors, IsEmpty());
  EXPECT_THAT(regenerate(is.text, shout).stale, IsEmpty());
}

TEST(regenerate, keeps_the_text_of_blocks_that_have_errors) {
  const auto error_in = [](const std::string& text) {
    const regenerated is = regenerate(text, shout);
    EXPECT_EQ(is.text, text);
    EXPECT_THAT(is.stale, IsEmpty());
    return texts_of(is.errors);
  };
  const std::string named = "<!-- results: a.json -->\n";
  const std::string begin = "<!-- generated from\n";
  EXPECT_THAT(error_in(named + begin + "bad\n-->\nold\n<!-- end -->\n"),
              ElementsAre("2: the reason"));
  EXPECT_THAT(error_in(begin + "one\n-->\nold\n<!-- end -->\n"),
              ElementsAre(StartsWith("1: no line <!-- results: PATH -->")));
  EXPECT_THAT(error_in(named + begin + "one\n-->\nold\n"),
              ElementsAre("2: the block has no line <!-- end -->"));
  EXPECT_THAT(error_in(named + begin + "one\n" + begin + "bad\n-->\n\n<!-- end -->"),
              ElementsAre("2: the block has no line -->", "4: the reason"));
}

TEST(regenerate, reports_figures_outside_of_blocks) {
  const auto errors_in = [](const std::string& line) {
    return regenerate("<!-- results: a.json -->\n" + line + "\n", shout).errors.size();
  };
  EXPECT_EQ(errors_in("it takes 4 ns"), 1u);
  EXPECT_EQ(errors_in("12 % less"), 1u);
  EXPECT_EQ(errors_in("1.84 times as fast"), 1u);
  EXPECT_EQ(errors_in("a 64-byte write with a deadline of 30 s, in ns"), 0u);
  EXPECT_EQ(errors_in("4 nsomething"), 0u);
  EXPECT_EQ(errors_in("```\n4 ns\n```"), 0u);
}

// --- Templates ---------------------------------------------------------------------------------

std::vector<double> around(double value) {
  std::vector<double> samples;
  for (const int offset : {0, 3, -2, 1, -4, 2, -1, 4, -3}) samples.push_back(value + offset);
  return samples;
}

measured_program overhead_on(const std::string& backend, double ours, double beast) {
  measured_program program{
      .suite = "timeout_overhead",
      .backend = backend,
      .context = {{"cpu_model", "A CPU"}, {"mitigations", "one | two"}},
  };
  program.rounds.resize(9);
  for (const char* others : {"0", "1000"}) {
    const double more = others[1] == '\0' ? 0 : 10;
    const auto add = [&](const char* contender, double minus_untimed, double write) {
      program.entries.push_back(
          {.name = {"timeout_overhead", "async_write", others, contender},
           .values = {{"minus_untimed_ns", around(minus_untimed)}, {"write_ns", around(write)}}});
    };
    add("socket", 0, 3300);
    add("beast", beast + more, 4000);
    add("timed", ours + more, 3400 + more);
  }
  return program;
}

// On epoll, ours is better; on io_uring, Beast's stream.
report_data run() {
  report_data data{.date = "today", .mode = "full", .rounds_planned = 9};
  data.programs.push_back(overhead_on("epoll", 20, 300));
  data.programs.push_back(overhead_on("io_uring", 50, 30));
  return data;
}

std::string filled(std::string_view text) {
  const result<std::string> is = fill_in(text, run());
  return is.has_value() ? *is : "error: " + is.error().message;
}

TEST(fill_in, replaces_a_name_by_the_median) {
  EXPECT_EQ(filled("A deadline adds {epoll:timeout_overhead/async_write/0/timed} ns."),
            "A deadline adds 20 ns.");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/0/timed:write_ns}"), "3400");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/0/timed:write_ns in us}"), "3.40");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/0/timed\n  with interval}"),
            "20 (17 to 23)");
}

TEST(fill_in, has_a_cell_for_each_backend_and_alternative) {
  EXPECT_EQ(filled("| a | {timeout_overhead/async_write/0,1000/timed} |"),
            "| a | 20 | 30 | 50 | 60 |  |  |");
  EXPECT_EQ(filled("{io_uring,epoll:timeout_overhead/async_write/0/timed}"), "50 | 20");
}

TEST(fill_in, has_a_range_for_a_star) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/*/timed}"), "20 to 30");
  EXPECT_EQ(filled("{*:timeout_overhead/*/*/timed}"), "20 to 60");
}

TEST(fill_in, subtracts) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/0,1000/timed:write_ns\n"
                   "  minus epoll:timeout_overhead/async_write/0,1000/socket:write_ns}"),
            "100 | 110");
  EXPECT_EQ(filled("{epoll:timeout_overhead/*/*/timed minus epoll:timeout_overhead/*/*/beast}"),
            "-280");
  EXPECT_THAT(filled("{epoll:timeout_overhead/*/*/timed minus epoll:timeout_overhead/*/0/beast}"),
              HasSubstr("not of the same entries"));
}

TEST(fill_in, has_a_row_for_each_contender_ours_first_and_what_beats_it_in_bold) {
  EXPECT_EQ(filled("{rows timeout_overhead/async_write/0/*}"),
            "| `timed` | 20 | 50 |  |\n"
            "| `beast` | 300 | **30** |  |");
  EXPECT_EQ(filled("{rows epoll:timeout_overhead/async_write/0/*:write_ns in us}"),
            "| `timed` | 3.40 |\n"
            "| `beast` | 4.00 |\n"
            "| `socket` (baseline) | 3.30 |");
}

TEST(fill_in, has_a_section_for_each_suite_that_is_not_shown) {
  EXPECT_EQ(filled("{suites but timeout_overhead}"), "");
  report_data data = run();
  data.programs.push_back({.suite = "new_suite", .backend = "io_uring"});
  data.programs.back().entries.push_back(
      {.name = {"new_suite", "64", "timed"}, .values = {{"requests_per_s", around(100)}}});
  EXPECT_THAT(*fill_in("{suites but timeout_overhead}", data),
              testing::AllOf(HasSubstr("## new suite\n"),
                             HasSubstr("| new_suite/64; requests, per second, more is better |"),
                             HasSubstr("| `timed` |  | 100 |  |")));
}

TEST(fill_in, compares_in_words) {
  const std::string of_timed = "epoll:timeout_overhead/async_write/0/timed:write_ns";
  const std::string of_beast = "epoll:timeout_overhead/async_write/0/beast:write_ns";
  EXPECT_EQ(filled("{compare " + of_timed + " with " + of_beast + "} than"), "15 % less than");
  EXPECT_EQ(filled("{compare " + of_beast + " with " + of_timed + "} than"), "18 % more than");
  EXPECT_EQ(filled("{compare " + of_beast + " with " + of_beast + "} than"),
            "not significantly more or less than");
  EXPECT_EQ(filled("{compare " + of_beast +
                   " with epoll:timeout_overhead/async_write/0/timed,socket:write_ns} than"),
            "21 % more than");
  EXPECT_EQ(filled("{ratio " + of_beast + " to " + of_timed + "}"), "1.18");
  EXPECT_EQ(filled("{target -15 " + of_timed + " with " + of_beast + "}"), "15 % less | met");
  EXPECT_EQ(filled("{target -16 " + of_timed + " with " + of_beast + "}"),
            "15 % less | **missed**");
}

TEST(fill_in, describes_the_run) {
  EXPECT_EQ(filled("{environment cpu_model}, {environment date}"), "A CPU, today");
  EXPECT_THAT(filled("{environment}"), HasSubstr("- mitigations: one; two"));
  EXPECT_EQ(filled("{caveats}"), "");
  report_data short_run = run();
  short_run.mode = "quick";
  short_run.programs.front().rounds.resize(2);
  EXPECT_EQ(*fill_in("{caveats}", short_run),
            "**Preliminary figures: the run is not a full one; the run has 2 rounds.**");
}

TEST(fill_in, has_errors_that_name_the_place) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write/7/timed}"),
            "error: {epoll:timeout_overhead/async_write/7/timed}: the run has no "
            "epoll:timeout_overhead/async_write/7/timed");
  EXPECT_THAT(filled("{timed}"), HasSubstr("\"timed\" is not BACKEND:ENTRY:COUNTER"));
  EXPECT_THAT(filled("{epoll:timeout_overhead/async_write/0/timed in ms}"),
              HasSubstr("\"in\" is not expected"));
  EXPECT_THAT(filled("{rows timeout_overhead/async_write/0/timed}"),
              HasSubstr("the contender has to be *"));
  EXPECT_THAT(filled("{compare timeout_overhead/async_write/0/timed}"),
              HasSubstr("not a single figure"));
  EXPECT_THAT(filled("{losses}"), HasSubstr("to competitors"));
  EXPECT_THAT(filled("{environment colour}"), HasSubstr("the environment has no colour"));
  EXPECT_THAT(filled("{environment"), HasSubstr("has no }"));
}

// --- Losses ------------------------------------------------------------------------------------

TEST(losses_text, lists_what_is_significantly_worse_by_contender) {
  EXPECT_EQ(losses_text(run(), rival::competitor),
            "2 of 4 comparisons:\n\n"
            "- What a deadline adds to a write, on `io_uring`: 20 ns more than `beast` "
            "(async_write/0, async_write/1000)");
}

TEST(losses_text, compares_with_other_backends) {
  report_data data = run();
  EXPECT_EQ(losses_text(data, rival::other_backend), "None of 4 comparisons.");
  std::swap(data.programs[0], data.programs[1]);
  EXPECT_THAT(
      losses_text(data, rival::other_backend),
      HasSubstr("- What a deadline adds to a write, on `io_uring`: 30 ns more than `epoll` ("));
}

TEST(losses_text, has_an_item_for_each_counter_and_backend) {
  report_data data = run();
  data.programs.push_back({.suite = "echo_cpu", .backend = "epoll"});
  for (const char* connections : {"64", "1024"}) {
    for (const char* contender : {"timed", "beast", "libevent"}) {
      const double time = contender[0] == 't' ? 5000 : 4000;
      data.programs.back().entries.push_back(
          {.name = {"echo_cpu", connections, contender}, .values = {{"real_time", around(time)}}});
    }
  }
  EXPECT_THAT(
      losses_text(data, rival::competitor),
      HasSubstr(
          "\n- The CPU time of an echo server per request, on `epoll`: 25 % more than "
          "`beast` (64, 1,024 connections); 25 % more than `libevent` (64, 1,024 connections)"));
}

TEST(losses_text, names_the_variant_that_costs_more) {
  report_data data = run();
  for (measured_entry& entry : data.programs.front().entries) {
    if (entry.contender() == "beast") entry.name.back() = "timed_alternating";
  }
  EXPECT_THAT(losses_text(data, rival::usual_variant),
              HasSubstr("on `epoll`: `timed_alternating` 280 ns more than `timed` ("));
}

TEST(losses_text, is_unknown_with_too_few_rounds) {
  report_data data = run();
  for (measured_program& program : data.programs) {
    for (measured_entry& entry : program.entries) {
      for (auto& [counter, values] : entry.values) values.resize(2);
    }
  }
  EXPECT_EQ(losses_text(data, rival::competitor),
            "Of 4 comparisons: unknown, as there are too few rounds.");
}

// --- Lines -------------------------------------------------------------------------------------

TEST(wrapped_markdown, wraps_paragraphs_and_items_and_nothing_else) {
  const std::string words(98, 'x');
  EXPECT_EQ(wrapped_markdown("a\nb\n\nc"), "a b\n\nc");
  EXPECT_EQ(wrapped_markdown(words + " y z"), words + " y\nz");
  EXPECT_EQ(wrapped_markdown("- " + words + " y\n- b\n  c"), "- " + words + "\n  y\n- b c");
  const std::string table = "| " + words + " | " + words + " |\n|---|---|";
  EXPECT_EQ(wrapped_markdown(table), table);
}

// --- Documents ---------------------------------------------------------------------------------

class publishing : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root);
    fs::create_directories(root / "docs/results");
    write("docs/results/machine.json", to_json(run()));
    write("docs/page.md",
          "<!-- results: docs/results/machine.json -->\n"
          "<!-- generated from\n"
          "A deadline adds {epoll:timeout_overhead/async_write/0/timed} ns.\n"
          "-->\n"
          "<!-- end -->\n");
    write("README.md", "Nothing is generated here.\n");
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(root / name) << text;
  }

  std::string content(const std::string& name) const {
    std::ifstream file(root / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Whether nothing is wrong; what was printed is in `output`.
  bool is_published(publish_mode mode) {
    std::ostringstream out;
    const bool is_good = publish(root, mode, out);
    output = out.str();
    return is_good;
  }

  // Replaces a text of the page.
  void plant(const std::string& old_text, const std::string& new_text) {
    std::string page = content("docs/page.md");
    ASSERT_NE(page.find(old_text), std::string::npos);
    write("docs/page.md", page.replace(page.find(old_text), old_text.size(), new_text));
  }

  const fs::path root = fs::path(testing::TempDir()) / "publishing";
  std::string output;
};

TEST_F(publishing, writes_blocks_and_tables_which_are_up_to_date_then) {
  EXPECT_TRUE(is_published(publish_mode::write)) << output;
  EXPECT_THAT(content("docs/page.md"), HasSubstr("-->\nA deadline adds 20 ns.\n<!-- end -->\n"));
  EXPECT_THAT(content("docs/results/machine.txt"), HasSubstr("timeout_overhead on epoll"));
  EXPECT_THAT(content("docs/results/machine.svg"),
              HasSubstr("What a deadline adds to a write: async_write on epoll"));
  EXPECT_TRUE(is_published(publish_mode::check));
  EXPECT_EQ(output, "");
}

TEST_F(publishing, finds_a_stale_figure_and_names_place_and_remedy) {
  ASSERT_TRUE(is_published(publish_mode::write));
  plant("adds 20 ns", "adds 19 ns");
  EXPECT_FALSE(is_published(publish_mode::check));
  EXPECT_THAT(output, HasSubstr(R"(stale: docs/page.md:2: the block has "A deadline adds 19 ns.")"
                                R"( instead of "A deadline adds 20 ns.")"));
  EXPECT_THAT(output, HasSubstr("tools/bazelw run //bench:publish"));
  EXPECT_THAT(content("docs/page.md"), HasSubstr("adds 19 ns"));
  EXPECT_TRUE(is_published(publish_mode::write));
  EXPECT_TRUE(is_published(publish_mode::check));
}

TEST_F(publishing, finds_what_another_run_makes_stale) {
  ASSERT_TRUE(is_published(publish_mode::write));
  report_data data = run();
  data.programs.front() = overhead_on("epoll", 21, 300);
  write("docs/results/machine.json", to_json(data));
  EXPECT_FALSE(is_published(publish_mode::check));
  EXPECT_THAT(output, HasSubstr("stale: docs/page.md:2"));
  EXPECT_THAT(output, HasSubstr("stale: docs/results/machine.txt"));
  EXPECT_THAT(output, HasSubstr("stale: docs/results/machine.svg"));
}

TEST_F(publishing, has_errors_that_only_the_author_can_mend) {
  ASSERT_TRUE(is_published(publish_mode::write));
  plant("{epoll:", "{pigeon:");
  for (const publish_mode mode : {publish_mode::write, publish_mode::check}) {
    EXPECT_FALSE(is_published(mode));
    EXPECT_THAT(output, StartsWith("error: docs/page.md:2: {pigeon:"));
    EXPECT_THAT(output, Not(HasSubstr("bench:publish")));
  }
  plant("machine.json", "none.json");
  EXPECT_FALSE(is_published(publish_mode::check));
  EXPECT_THAT(output, HasSubstr("docs/results/none.json cannot be read"));
}

}  // namespace
}  // namespace timed::bench
