// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of the tests of our own event loop.

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <string>

#include "tests/support/each_clock.h"
#include "tests/support/selected.h"
#include "timed/uring/io_context.h"

namespace {

// Skips the program where the kernel forbids io_uring, unless that is not to be.
class with_io_uring : public testing::Environment {
 public:
  void SetUp() override {
    try {
      const timed::uring::io_context context;
    } catch (const boost::system::system_error& refused) {
      const char* const required = std::getenv("TIMED_REQUIRE_IO_URING");
      if (required != nullptr && std::string(required) == "1") {
        FAIL() << "TIMED_REQUIRE_IO_URING=1, but " << refused.what();
      }
      GTEST_SKIP() << refused.what();
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const int status_with_other_clock = timed::tests::run_with_other_clock(argv);
  testing::InitGoogleTest(&argc, argv);
  timed::tests::select_tests_of_file();
  testing::AddGlobalTestEnvironment(new with_io_uring);
  const int status = RUN_ALL_TESTS();
  return status != 0 ? status : status_with_other_clock;
}
