// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/support/selected.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace timed::tests {

void select_tests_of_file() {
  const char* const file = std::getenv("TIMED_TESTS_OF");
  if (file == nullptr || GTEST_FLAG_GET(filter) != "*") return;
  const std::string end = std::string("/") + file;
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      if (!std::string_view(test.file()).ends_with(end)) continue;
      filter += std::string(suite.name()) + "." + test.name() + ":";
    }
  }
  if (filter.empty()) {
    std::cerr << "TIMED_TESTS_OF=" << file << ": this program has no test of that file\n";
    std::exit(EXIT_FAILURE);
  }
  GTEST_FLAG_SET(filter, filter);
}

}  // namespace timed::tests
