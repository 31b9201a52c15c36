// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Detection of disturbances.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/reporting/analyse/disturbances.h"
#include "bench/reporting/model/report_data.h"

namespace timed::bench {
namespace {

using testing::ElementsAre;

TEST(disturbances_of, is_empty_on_a_quiet_machine) {
  EXPECT_THAT(disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.05}, false),
              ElementsAre());
  EXPECT_THAT(
      disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.01, .interrupts_s = 0.3}, false),
      ElementsAre());
}

// A process that sends over loopback spends a third of its time on arriving packets. If that is in
// its CPU time, but not in that of the machine's processes, the difference is too low.
TEST(disturbances_of, finds_other_processes_despite_the_interrupts_of_the_process) {
  const process_load quiet{.wall_s = 1, .cpu_s = 1, .others_cpu_s = -0.34, .interrupts_s = 0.35};
  EXPECT_TRUE(has_interrupts_in_cpu_time(quiet));
  EXPECT_FALSE(has_interrupts_in_cpu_time({.wall_s = 1, .cpu_s = 1, .others_cpu_s = -0.04}));
  EXPECT_THAT(disturbances_of(quiet, true), ElementsAre());
  EXPECT_THAT(
      disturbances_of({.wall_s = 1, .cpu_s = 1, .others_cpu_s = 0.05, .interrupts_s = 0.35}, true),
      ElementsAre("other processes took 40 % of a CPU"));
}

TEST(disturbances_of, lists_all_kinds) {
  EXPECT_THAT(disturbances_of({.wall_s = 2,
                               .others_cpu_s = 1,
                               .steal_s = 0.1,
                               .throttled_periods = 3,
                               .thermal_throttles = 1},
                              false),
              ElementsAre("other processes took 50 % of a CPU", "the hypervisor took 5 % of a CPU",
                          "its control group was throttled in 3 periods",
                          "the CPU was thermally throttled 1 times"));
}

}  // namespace
}  // namespace timed::bench
