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
using testing::EndsWith;
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
  const regenerated found = regenerate(document, shout);
  std::string expected(document);
  expected.replace(expected.find("old!"), 4, "two!");
  EXPECT_EQ(found.text, expected);
  EXPECT_THAT(texts_of(found.stale), ElementsAre(R"(10: "a.json old!" -> "a.json two!")"));
  EXPECT_THAT(found.errors, IsEmpty());
  EXPECT_THAT(regenerate(found.text, shout).stale, IsEmpty());
}

TEST(regenerate, has_no_line_for_an_empty_text) {
  const auto nothing = [](const std::string&, std::string_view) -> result<std::string> {
    return std::string();
  };
  const std::string begin = "<!-- results: a.json -->\n<!-- generated from\none\n-->\n";
  const std::string end = "<!-- end -->\n";
  EXPECT_EQ(regenerate(begin + end, nothing).text, begin + end);
  EXPECT_THAT(regenerate(begin + end, nothing).stale, IsEmpty());
  EXPECT_EQ(regenerate(begin + "\n" + end, nothing).text, begin + end);
  EXPECT_THAT(texts_of(regenerate(begin + "\n" + end, nothing).stale),
              ElementsAre(R"(2: "" -> nothing)"));
}

// Returns the errors of a document, whose text does not change.
std::vector<std::string> errors_in(const std::string& text) {
  const regenerated found = regenerate(text, shout);
  EXPECT_EQ(found.text, text);
  EXPECT_THAT(found.stale, IsEmpty());
  return texts_of(found.errors);
}

const std::string results_line = "<!-- results: a.json -->\n";
const std::string block_begin = "<!-- generated from\n";

TEST(regenerate, keeps_the_text_of_blocks_that_have_errors) {
  EXPECT_THAT(errors_in(results_line + block_begin + "bad\n-->\nold\n<!-- end -->\n"),
              ElementsAre("2: the reason"));
  EXPECT_THAT(errors_in(results_line + block_begin + "bad\n-->\n<!-- end -->\n"),
              ElementsAre("2: the reason"));
  EXPECT_THAT(errors_in(results_line + block_begin + "bad\n-->\n\n<!-- end -->\n"),
              ElementsAre("2: the reason"));
  EXPECT_THAT(errors_in(block_begin + "one\n-->\nold\n<!-- end -->\n"),
              ElementsAre(StartsWith("1: no line <!-- results: PATH -->")));
  EXPECT_THAT(errors_in(results_line + block_begin + "one\n-->\nold\n"),
              ElementsAre("2: the block has no line <!-- end -->"));
  EXPECT_THAT(
      errors_in(results_line + block_begin + "one\n" + block_begin + "bad\n-->\n<!-- end -->"),
      ElementsAre("2: the block has no line -->", "4: the reason"));
}

TEST(regenerate, reports_marks_that_do_not_match) {
  const std::string rest = "one\n-->\nold\n<!-- end -->\n";
  EXPECT_THAT(errors_in(results_line + "<!-- generated from \n" + rest),
              ElementsAre(StartsWith("2: \"<!-- generated from \" is neither"),
                          "6: <!-- end --> does not end a block"));
  EXPECT_THAT(errors_in(results_line + "<!-- end --> \n"),
              ElementsAre("2: <!-- end --> does not end a block"));
  EXPECT_THAT(errors_in("<!-- results:a.json -->\n"),
              ElementsAre(StartsWith("1: \"<!-- results:a.json -->\" is neither")));
  EXPECT_THAT(errors_in("text\n<!-- results: a.json -->\r\n"),
              ElementsAre(StartsWith("2: there is a carriage return"), HasSubstr("is neither")));
  EXPECT_THAT(
      errors_in(results_line + block_begin + "one\n-->\nold\n<!-- generated from \n" + rest),
      ElementsAre("2: the block has no line <!-- end -->", HasSubstr("6: "),
                  "10: <!-- end --> does not end a block"))
      << "the template of the second block is not the text of the first one";
}

TEST(regenerate, reports_code_without_an_end) {
  EXPECT_THAT(errors_in(results_line + "```\n4 ns\n```\n```\n4 ns\n"),
              ElementsAre("5: the code has no line ``` at its end"));
}

TEST(regenerate, reports_figures_outside_of_blocks) {
  const auto errors_beside = [](const std::string& text) {
    return errors_in(results_line + text).size();
  };
  EXPECT_EQ(errors_beside("it takes 4 ns"), 1u);
  EXPECT_EQ(errors_beside("it takes 4 µs"), 1u);
  EXPECT_EQ(errors_beside("it takes 3.34\nus, sometimes 4\nus"), 2u);
  EXPECT_EQ(errors_beside("12 % less"), 1u);
  EXPECT_EQ(errors_beside("1.84 times as fast"), 1u);
  EXPECT_EQ(errors_beside("a 64-byte write with a deadline of 30 s, in ns"), 0u);
  EXPECT_EQ(errors_beside("4 nsomething"), 0u);
  EXPECT_EQ(errors_beside("4\n\nns"), 0u);
  EXPECT_EQ(errors_beside("```\n4 ns\n```"), 0u);
  EXPECT_EQ(errors_in("above the results: 4 ns\n" + results_line).size(), 1u);
  EXPECT_EQ(errors_in("without results: 4 ns\n").size(), 0u);
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
          {.name = {"timeout_overhead", "async_write_some", others, contender},
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
  report_data data{.date = "today", .commit = "1234abc", .mode = "full", .rounds_planned = 9};
  data.programs.push_back(overhead_on("epoll", 20, 300));
  data.programs.push_back(overhead_on("io_uring", 50, 30));
  return data;
}

std::string filled(std::string_view text) {
  const result<std::string> text_with_figures = fill_in(text, run());
  return text_with_figures.has_value() ? *text_with_figures
                                       : "error: " + text_with_figures.error().message;
}

TEST(fill_in, replaces_a_name_by_the_median) {
  EXPECT_EQ(filled("A deadline adds {epoll:timeout_overhead/async_write_some/0/timed} ns."),
            "A deadline adds 20 ns.");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/0/timed:write_ns}"), "3400");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/0/timed:write_ns in us}"), "3.40");
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/0/timed\n  with interval}"),
            "20 (17 to 23)");
}

TEST(fill_in, has_a_cell_for_each_backend_and_alternative) {
  EXPECT_EQ(filled("| a | {timeout_overhead/async_write_some/0,1000/timed} |"),
            "| a | 20 | 30 | 50 | 60 |  |  |");
  EXPECT_EQ(filled("{io_uring,epoll:timeout_overhead/async_write_some/0/timed}"), "50 | 20");
}

TEST(fill_in, has_a_range_for_a_star) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/*/timed}"), "20 to 30");
  EXPECT_EQ(filled("{*:timeout_overhead/*/*/timed}"), "20 to 60");
}

TEST(fill_in, subtracts) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/0,1000/timed:write_ns\n"
                   "  minus epoll:timeout_overhead/async_write_some/0,1000/socket:write_ns}"),
            "100 | 110");
  EXPECT_EQ(filled("{epoll:timeout_overhead/*/*/timed minus epoll:timeout_overhead/*/*/beast}"),
            "-280");
}

TEST(fill_in, subtracts_figures_of_the_same_backend_and_group_only) {
  const auto minus = [](const std::string& name) {
    return filled("{epoll:timeout_overhead/*/0/timed minus " + name + "}");
  };
  EXPECT_EQ(minus("epoll:timeout_overhead/*/0/beast"), "-280");
  for (const char* name :
       {"epoll:timeout_overhead/*/*/beast", "epoll:timeout_overhead/*/1000/beast",
        "io_uring:timeout_overhead/*/0/beast"}) {
    EXPECT_THAT(minus(name), HasSubstr("have to name the same backends and entries")) << name;
  }
}

TEST(fill_in, rejects_styles_that_a_figure_cannot_have) {
  const std::string range = "{epoll:timeout_overhead/async_write_some/*/timed";
  EXPECT_THAT(filled(range + " with interval}"), HasSubstr("a range has no interval"));
  EXPECT_THAT(
      filled(range + " minus epoll:timeout_overhead/async_write_some/*/beast with interval}"),
      HasSubstr("a difference has no interval"));
  report_data data;
  data.programs.push_back({.suite = "memory", .backend = "epoll"});
  data.programs.back().entries.push_back(
      {.name = {"memory", "1000", "timed"}, .values = {{"heap_bytes", around(700)}}});
  EXPECT_EQ(*fill_in("{epoll:memory/1000/timed}", data), "700");
  EXPECT_THAT(fill_in("{epoll:memory/1000/timed in us}", data).error().message,
              HasSubstr("heap_bytes is not in ns"));
}

TEST(fill_in, has_three_digits_of_microseconds) {
  const auto in_us = [](double ns) {
    report_data data;
    data.programs.push_back({.suite = "round_trip", .backend = "epoll"});
    data.programs.back().entries.push_back(
        {.name = {"round_trip", "unix", "1", "timed"}, .values = {{"real_time", {ns}}}});
    return *fill_in("{epoll:round_trip/unix/1/timed in us}", data);
  };
  EXPECT_EQ(in_us(-4), "0.00");
  EXPECT_EQ(in_us(9994), "9.99");
  EXPECT_EQ(in_us(9996), "10.0");
  EXPECT_EQ(in_us(99'960), "100");
  EXPECT_EQ(in_us(14'410'000), "14,410");
}

TEST(fill_in, has_a_row_for_each_contender_ours_first_and_what_beats_it_in_bold) {
  EXPECT_EQ(filled("{rows timeout_overhead/async_write_some/0/*}"),
            "| `timed` | 20 | 50 |  |\n"
            "| `beast` | 300 | **30** |  |");
  EXPECT_EQ(filled("{rows epoll:timeout_overhead/async_write_some/0/*:write_ns in us}"),
            "| `timed` | 3.40 |\n"
            "| `beast` | 4.00 |\n"
            "| `socket` (baseline) | 3.30 |");
}

TEST(fill_in, compares_in_words) {
  const std::string of_timed = "epoll:timeout_overhead/async_write_some/0/timed:write_ns";
  const std::string of_beast = "epoll:timeout_overhead/async_write_some/0/beast:write_ns";
  EXPECT_EQ(filled("{compare " + of_timed + " with " + of_beast + "} than"), "15 % less than");
  EXPECT_EQ(filled("{compare " + of_beast + " with " + of_timed + "} than"), "18 % more than");
  EXPECT_EQ(filled("{compare " + of_beast + " with " + of_beast + "} than"),
            "not significantly more or less than");
  EXPECT_EQ(filled("{compare " + of_beast +
                   " with epoll:timeout_overhead/async_write_some/0/timed,socket:write_ns} than"),
            "21 % more than");
}

TEST(fill_in, names_a_target_and_whether_it_is_met) {
  const auto target = [](const std::string& bound, const std::string& one,
                         const std::string& other) {
    return filled("{target " + bound + " epoll:timeout_overhead/async_write_some/0/" + one +
                  ":write_ns with epoll:timeout_overhead/async_write_some/0/" + other +
                  ":write_ns}");
  };
  EXPECT_EQ(target("-15", "timed", "beast"), "at least 15 % less | 15 % less | met");
  EXPECT_EQ(target("-16", "timed", "beast"), "at least 16 % less | 15 % less | **missed**");
  EXPECT_EQ(target("3", "timed", "socket"), "at most 3 % more | 3.0 % more | **missed**");
  EXPECT_EQ(target("0", "timed", "timed"), "at most 0 % more | 0.0 % more or less | met");
}

TEST(fill_in, compares_with_figures_above_zero_only) {
  const std::string both =
      " epoll:timeout_overhead/async_write_some/0/timed with "
      "epoll:timeout_overhead/async_write_some/0/socket}";
  EXPECT_THAT(filled("{compare" + both), HasSubstr("is not above zero; use \"minus\""));
  EXPECT_THAT(filled("{target 3" + both), HasSubstr("is not above zero; use \"minus\""));
}

report_data run_of_few_rounds() {
  report_data data = run();
  for (measured_program& program : data.programs) {
    program.rounds.resize(2);
    for (measured_entry& entry : program.entries) {
      for (auto& [counter, values] : entry.values) values.resize(2);
    }
  }
  return data;
}

TEST(fill_in, does_not_compare_too_few_rounds) {
  EXPECT_EQ(*fill_in("{compare epoll:timeout_overhead/async_write_some/0/timed with "
                     "epoll:timeout_overhead/async_write_some/0/beast} than",
                     run_of_few_rounds()),
            "more or less (unknown: too few rounds) than");
}

TEST(fill_in, describes_the_run) {
  EXPECT_EQ(filled("{environment cpu_model}, {environment date}"), "A CPU, today");
  EXPECT_THAT(filled("{environment}"), HasSubstr("- mitigations: one; two"));
  EXPECT_EQ(filled("{caveats}"), "");
}

TEST(fill_in, says_why_figures_are_preliminary) {
  const auto caveats = [](auto change) {
    report_data data = run();
    change(data);
    return *fill_in("{caveats}", data);
  };
  const auto because = [](const std::string& reasons) {
    return "**Preliminary figures: " + reasons + ".**";
  };
  EXPECT_EQ(caveats([](report_data&) {}), "");
  EXPECT_EQ(caveats([](report_data& data) { data.mode = "quick"; }),
            because("the run is not a full one"));
  EXPECT_EQ(caveats([](report_data& data) { data.programs.front().rounds.resize(8); }),
            because("the run has 8 of 9 rounds"));
  EXPECT_EQ(caveats([](report_data& data) {
              data.rounds_planned = 4;
              for (measured_program& program : data.programs) program.rounds.resize(4);
            }),
            because("the run has only 4 rounds"));
  EXPECT_EQ(caveats([](report_data& data) { data.commit = ""; }), because("the commit is unknown"));
  EXPECT_EQ(caveats([](report_data& data) {
              data.programs.back().context["client_host"] = "10.0.0.2:9000";
            }),
            because("clients were on another host, which the text does not say"));
  EXPECT_EQ(caveats([](report_data& data) { data.commit = "1234abc, modified"; }),
            because("the checkout had uncommitted changes"));
  EXPECT_EQ(caveats([](report_data& data) {
              data.left_out = {"memory: not here", "echo_cpu, all 9 entries (by --filter)", "more"};
            }),
            because("left out: memory: not here, more"));
  EXPECT_EQ(caveats([](report_data& data) { data.programs[0].entries[1].error = "no luck"; }),
            because("failed entries: 1"));
  EXPECT_EQ(caveats([](report_data& data) { data.programs[0].failure = "it crashed"; }),
            because("timeout_overhead_epoll failed: it crashed"));
}

TEST(fill_in, has_errors_that_name_the_place) {
  EXPECT_EQ(filled("{epoll:timeout_overhead/async_write_some/7/timed}"),
            "error: {epoll:timeout_overhead/async_write_some/7/timed}: the run has no "
            "epoll:timeout_overhead/async_write_some/7/timed");
  EXPECT_THAT(filled("{timed}"), HasSubstr("\"timed\" is not BACKEND:ENTRY:COUNTER"));
  EXPECT_THAT(filled("{epoll:timeout_overhead/async_write_some/0/timed in ms}"),
              HasSubstr("\"in\" is not expected"));
  EXPECT_THAT(filled("{rows timeout_overhead/async_write_some/0/timed}"),
              HasSubstr("the contender has to be *"));
  EXPECT_THAT(filled("{compare timeout_overhead/async_write_some/0/timed}"),
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
            "(async_write_some/0, async_write_some/1000)");
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

TEST(losses_text, has_suites_without_groups) {
  report_data data;
  data.programs.push_back({.suite = "flat", .backend = "epoll"});
  for (const char* contender : {"timed", "beast"}) {
    data.programs.back().entries.push_back(
        {.name = {"flat", contender},
         .values = {{"real_time", around(contender[0] == 't' ? 5000 : 4000)}}});
  }
  EXPECT_THAT(losses_text(data, rival::competitor),
              EndsWith(", on `epoll`: 25 % more than `beast`"));
}

TEST(losses_text, is_unknown_with_too_few_rounds) {
  EXPECT_EQ(losses_text(run_of_few_rounds(), rival::competitor),
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
          "A deadline adds {epoll:timeout_overhead/async_write_some/0/timed} ns.\n"
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
              HasSubstr("What a deadline adds to a write: async_write_some on epoll"));
  EXPECT_TRUE(is_published(publish_mode::check));
  EXPECT_EQ(output, "");
}

TEST_F(publishing, draws_the_plot_of_epoll_whatever_the_order_of_the_backends) {
  report_data data = run();
  std::swap(data.programs[0], data.programs[1]);
  write("docs/results/machine.json", to_json(data));
  EXPECT_TRUE(is_published(publish_mode::write)) << output;
  EXPECT_THAT(content("docs/results/machine.svg"), HasSubstr("async_write_some on epoll"));
}

TEST_F(publishing, finds_a_stale_figure_and_names_place_and_remedy) {
  ASSERT_TRUE(is_published(publish_mode::write));
  plant("adds 20 ns", "adds 19 ns");
  EXPECT_FALSE(is_published(publish_mode::check));
  EXPECT_THAT(output, HasSubstr(R"(stale: docs/page.md:2: "A deadline adds 19 ns." -> )"
                                R"("A deadline adds 20 ns.")"));
  EXPECT_THAT(output, HasSubstr("tools/bazelw run //bench:publish"));
  EXPECT_THAT(content("docs/page.md"), HasSubstr("adds 19 ns"));
  EXPECT_TRUE(is_published(publish_mode::write));
  EXPECT_THAT(output, StartsWith(R"(updated: docs/page.md:2: "A deadline adds 19 ns." -> )"));
  EXPECT_TRUE(is_published(publish_mode::check));
}

TEST_F(publishing, finds_what_another_run_makes_stale) {
  ASSERT_TRUE(is_published(publish_mode::write));
  report_data data = run();
  data.programs.front() = overhead_on("epoll", 21, 300);
  write("docs/results/machine.json", to_json(data));
  EXPECT_FALSE(is_published(publish_mode::check));
  EXPECT_THAT(output, HasSubstr("stale: docs/page.md:2"));
  EXPECT_THAT(output, HasSubstr("stale: docs/results/machine.txt differs from the tables of "
                                "docs/results/machine.json\n"));
  EXPECT_THAT(output, HasSubstr("stale: docs/results/machine.svg differs from the plot of "
                                "docs/results/machine.json\n"));
  EXPECT_TRUE(is_published(publish_mode::write));
  EXPECT_THAT(output, HasSubstr("updated: docs/results/machine.txt\n"));
}

TEST_F(publishing, has_errors_that_only_an_edit_can_fix) {
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

TEST_F(publishing, fails_outside_of_a_repository) {
  fs::remove_all(root);
  fs::create_directories(root);
  for (const publish_mode mode : {publish_mode::write, publish_mode::check}) {
    EXPECT_FALSE(is_published(mode));
    EXPECT_THAT(output, HasSubstr("error: there is no docs/results/*.json in "));
    EXPECT_THAT(output, HasSubstr("error: there is no README.md in "));
    EXPECT_THAT(output, HasSubstr("run `tools/bazelw run //bench:publish` in a clone"));
  }
}

}  // namespace
}  // namespace timed::bench
