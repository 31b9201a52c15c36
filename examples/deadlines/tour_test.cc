// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/driven.h"

namespace {

// @return What is missing in the output.
std::vector<std::string> missing_in(const std::string& output) {
  std::vector<std::string> missing;
  for (const std::string line :
       {"for the whole exchange: 2 bytes in ", "for each read: 4 bytes in ",
        "for each operation: 4 bytes in ", "for one operation: 3 bytes in ",
        "moved while outstanding: 2 bytes in ", "for each write: 4 bytes in ",
        "for a synchronous read: 2 bytes in ", "; the stream is open; success",
        "; the stream is closed; timed out"}) {
    if (output.find(line) == std::string::npos) missing.push_back(line);
  }
  return missing;
}

// On a busy machine a byte may come half a unit late: then again, more slowly.
TEST(tour, shows_each_kind_of_deadline_in_real_time) {
  std::vector<std::string> missing;
  for (const std::string unit : {"100ms", "200ms", "400ms"}) {
    support::driven_program tour({"--unit=" + unit});
    SKIP_IF_FORBIDDEN(tour);
    ASSERT_EQ(tour.wait(), 0) << tour.output();
    missing = missing_in(tour.output());
    if (missing.empty()) break;
  }
  EXPECT_EQ(missing, std::vector<std::string>());
}

}  // namespace
