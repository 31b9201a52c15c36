// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of the tests that run once per backend, with each of the cheap clocks.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "backends/active.h"
#include "tests/support/each_clock.h"
#include "tests/support/forbid_system_call.h"
#include "tests/support/selected.h"
#include "timed/backend.h"

namespace {

bool io_uring_is_required() {
  const char* value = std::getenv("TIMED_REQUIRE_IO_URING");
  return value != nullptr && std::string(value) == "1";
}

// Holds that this program is what its name says; skips it where the kernel forbids the backend.
class on_expected_backend : public testing::Environment {
 public:
  void SetUp() override {
    const char* expected = std::getenv("TIMED_EXPECTED_BACKEND");
    if (expected != nullptr) {
      ASSERT_EQ(timed::backend::name(), expected);
    }
    const std::string reason = timed::backend::unavailable_reason();
    if (!reason.empty()) {
      if (io_uring_is_required()) FAIL() << "TIMED_REQUIRE_IO_URING=1, but " << reason;
      GTEST_SKIP() << reason;
    }
    const timed::backend::io_context context;
    ASSERT_EQ(timed::backend::active(), timed::backend::name());
  }
};

}  // namespace

int main(int argc, char** argv) {
  timed::tests::run_without_system_call(argv);
  const int status_with_other_clock = timed::tests::run_with_other_clock(argv);
  testing::InitGoogleTest(&argc, argv);
  timed::tests::select_tests_of_file();
  testing::AddGlobalTestEnvironment(new on_expected_backend);
  const int status = RUN_ALL_TESTS();
  return status != 0 ? status : status_with_other_clock;
}
