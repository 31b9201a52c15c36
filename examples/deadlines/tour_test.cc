// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include <gtest/gtest.h>

#include <string>

#include "support/driven.h"

namespace {

TEST(tour, shows_each_kind_of_deadline_in_real_time) {
  support::driven_program tour({"--unit=100ms"});
  SKIP_IF_FORBIDDEN(tour);
  EXPECT_EQ(tour.wait(), 0);
  const auto shows = [&](const std::string& line) {
    return tour.output().find(line) != std::string::npos;
  };
  EXPECT_TRUE(shows("for the whole exchange: 2 bytes in "));
  EXPECT_TRUE(shows("for each read: 4 bytes in "));
  EXPECT_TRUE(shows("for one operation: 3 bytes in "));
  EXPECT_TRUE(shows("moved while outstanding: 2 bytes in "));
  EXPECT_TRUE(shows("for each write: 4 bytes in "));
  EXPECT_TRUE(shows("for a synchronous read: 2 bytes in "));
  EXPECT_TRUE(shows("; the stream is open; success"));
  EXPECT_TRUE(shows("; the stream is closed; timed out"));
}

}  // namespace
