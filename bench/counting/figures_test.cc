// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/counting/figures.h"

#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <vector>

namespace timed::bench {
namespace {

figures some() {
  return {
      .backend = "epoll",
      .compiler = "GCC 16",
      .machine = "x86_64",
      .boost = "1.92.0",
      .libc = "glibc 2.41",
      .entries = {
          {"write/0/timed",
           {{"instructions", 1500}, {"allocations", 0}, {"system_calls", 2.0625}, {"handlers", 1}}},
          {"write/0/beast", {{"allocations", 1}}}}};
}

using texts = std::vector<std::string>;

TEST(figures, are_the_same_after_they_were_written_and_read) {
  const figures read = from_json(to_json(some()));
  EXPECT_EQ(read.backend, "epoll");
  EXPECT_EQ(read.compiler, "GCC 16");
  EXPECT_EQ(read.machine, "x86_64");
  EXPECT_EQ(read.boost, "1.92.0");
  EXPECT_EQ(read.libc, "glibc 2.41");
  EXPECT_EQ(read.entries, some().entries);
}

TEST(figures, of_another_format_or_none_are_an_error) {
  std::string other = to_json(some());
  other.replace(other.find(": 2,"), 4, ": 1,");
  EXPECT_THROW(from_json(other), std::exception);
  EXPECT_THROW(from_json("{}"), std::exception);
  EXPECT_THROW(from_json(""), std::exception);
}

TEST(figures, that_are_the_same_pass) {
  const comparison found = compare(some(), some());
  EXPECT_EQ(found.failures, texts());
  EXPECT_EQ(found.notes, texts());
}

TEST(figures, of_one_more_allocation_fail_and_say_what_grew_and_by_how_much) {
  figures now = some();
  now.entries["write/0/timed"]["allocations"] = 1;
  now.entries["write/0/beast"]["allocations"] = 1.0625;
  EXPECT_EQ(compare(some(), now).failures,
            texts({"write/0/beast: allocations per operation grew from 1 to 1.062 (+0.0625, +6.2 "
                   "%; none is allowed)",
                   "write/0/timed: allocations per operation grew from 0 to 1 (+1; none is "
                   "allowed)"}));
}

TEST(figures, of_instructions_have_a_tolerance) {
  figures now = some();
  now.entries["write/0/timed"]["instructions"] = 1530;
  EXPECT_EQ(compare(some(), now).failures, texts());
  now.entries["write/0/timed"]["instructions"] = 1531;
  EXPECT_EQ(compare(some(), now).failures,
            texts({"write/0/timed: instructions per operation grew from 1500 to 1531 (+31, +2.1 "
                   "%; 30 are allowed)"}));
  now.entries["write/0/timed"]["instructions"] = 1400;
  EXPECT_EQ(compare(some(), now).failures,
            texts({"write/0/timed: instructions per operation fell from 1500 to 1400 (-100, -6.7 "
                   "%; 30 are allowed)"}));
}

TEST(figures, of_other_libraries_instructions_have_a_larger_tolerance) {
  figures before = some();
  before.entries["write/0/beast"]["instructions"] = 2000;
  figures now = before;
  now.entries["write/0/beast"]["instructions"] = 2090;
  EXPECT_EQ(compare(before, now).failures, texts());
  now.entries["write/0/beast"]["instructions"] = 2110;
  EXPECT_EQ(compare(before, now).failures.size(), 1U);
}

TEST(figures, of_the_instructions_that_a_deadline_adds_have_an_absolute_tolerance) {
  figures before = some();
  before.entries["write/0/timed_never"]["instructions"] = 1495;
  figures now = before;
  now.entries["write/0/timed"]["instructions"] = 1508;
  EXPECT_EQ(compare(before, now).failures, texts());
  now.entries["write/0/timed"]["instructions"] = 1525;
  EXPECT_EQ(compare(before, now).failures,
            texts({"write/0/timed: instructions that its deadline adds grew from 5 to 30 (+25, "
                   "+500.0 %; 8 are allowed)"}));
  now.entries["write/0/timed_never"]["instructions"] =
      1520;  // the stream's cost grew, not the deadline's
  EXPECT_EQ(compare(before, now).failures, texts());
}

TEST(figures, of_another_compiler_are_compared_without_instructions_and_with_a_note) {
  figures now = some();
  now.compiler = "Clang 21";
  now.entries["write/0/timed"]["instructions"] = 3000;
  EXPECT_EQ(compare(some(), now).failures, texts());
  EXPECT_EQ(compare(some(), now).notes.size(), 1u);
  now.entries["write/0/timed"]["handlers"] = 2;
  EXPECT_EQ(compare(some(), now).failures.size(), 1u);
}

TEST(figures, of_another_boost_are_compared_for_our_entries_only) {
  figures now = some();
  now.boost = "1.90.0";
  now.entries["write/0/beast"]["allocations"] = 2;
  EXPECT_EQ(compare(some(), now).failures, texts());
  now.entries["write/0/timed"]["allocations"] = 2;
  EXPECT_EQ(compare(some(), now).failures.size(), 1u);
}

TEST(figures, of_the_socket_are_ours_on_the_native_backend_only) {
  for (const std::string backend : {"io_uring", "io_uring_native"}) {
    figures before = some();
    before.backend = backend;
    before.entries["write/0/socket"] = {{"allocations", 0}};
    figures now = before;
    now.boost = "1.90.0";
    now.entries["write/0/socket"]["allocations"] = 1;
    EXPECT_EQ(compare(before, now).failures.size(), backend == "io_uring_native" ? 1u : 0u);
  }
}

TEST(figures, that_are_missing_or_new_fail) {
  figures fewer = some();
  fewer.entries.erase("write/0/beast");
  EXPECT_EQ(compare(some(), fewer).failures,
            texts({"write/0/beast: is among the figures, but was not counted"}));
  EXPECT_EQ(compare(fewer, some()).failures,
            texts({"write/0/beast: was counted, but is not among the figures"}));
}

TEST(figures, of_another_backend_fail) {
  figures now = some();
  now.backend = "io_uring";
  EXPECT_EQ(compare(some(), now).failures.size(), 1u);
}

}  // namespace
}  // namespace timed::bench
