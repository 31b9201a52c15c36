// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The descriptions of the suites.

#include "bench/reporting/model/suites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/reporting/model/entry_filter.h"

namespace timed::bench {
namespace {

using testing::Contains;
using testing::Eq;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

struct named_suite {
  std::string name;
  bool is_in_quick;
};

const std::vector<named_suite> described = {
    {"timeout_overhead", true},     {"write_latency", true}, {"throughput", false},
    {"round_trip", true},           {"echo_cpu", true},      {"http_cpu", false},
    {"websocket_cpu", false},       {"tls_cpu", false},      {"open_loop", true},
    {"timeouts_under_load", false}, {"memory", false},       {"connect_rate", false},
    {"expiry_storm", false}};

const column& column_of(const suite& about, std::string_view counter) {
  const auto found = std::ranges::find(about.columns, counter, &column::counter);
  EXPECT_NE(found, about.columns.end()) << about.name << " has no column " << counter;
  return *found;
}

TEST(describe_suite, knows_each_suite_and_orders_them) {
  for (std::size_t i = 0; i < described.size(); ++i) {
    EXPECT_EQ(place_of_suite(described[i].name), i) << described[i].name;
  }
  EXPECT_EQ(place_of_suite("no such suite"), described.size());
}

TEST(describe_suite, has_a_title_a_question_and_valid_expressions) {
  for (const named_suite& named : described) {
    const suite& about = describe_suite(named.name);
    EXPECT_THAT(about.title, Not(IsEmpty())) << named.name;
    EXPECT_THAT(about.question, Not(IsEmpty())) << named.name;
    EXPECT_TRUE(entry_filter::parse(about.headline).has_value()) << about.headline;
    EXPECT_TRUE(entry_filter::parse(about.quick).has_value()) << about.quick;
    EXPECT_EQ(!about.quick.empty(), named.is_in_quick) << named.name;
  }
}

TEST(describe_suite, compares_only_counters_of_its_table) {
  for (const named_suite& named : described) {
    const suite& about = describe_suite(named.name);
    EXPECT_THAT(about.compared, Not(IsEmpty())) << named.name;
    for (const comparison_of& compared : about.compared) {
      EXPECT_THAT(about.columns, Contains(Field(&column::counter, Eq(compared.counter))))
          << named.name;
    }
  }
}

TEST(describe_suite, plots_against_one_of_the_parts_of_the_names) {
  for (const named_suite& named : described) {
    const suite& about = describe_suite(named.name);
    if (about.plotted_against.empty()) continue;
    EXPECT_EQ(about.parts.back(), about.plotted_against) << named.name;
  }
}

TEST(throughput, is_better_if_greater_and_depends_on_the_speed_of_the_machine) {
  const column& gigabytes = column_of(describe_suite("throughput"), "gigabytes_per_s");
  EXPECT_FALSE(gigabytes.less_is_better);
  EXPECT_TRUE(gigabytes.is_of_speed());
  EXPECT_TRUE(entry_filter::parse(describe_suite("throughput").headline)
                  ->matches("throughput/tcp/65536/timed"));
}

// What a deadline costs a server that wakes up for each request.
TEST(open_loop, compares_the_cpu_time_of_the_server) {
  const suite& about = describe_suite("open_loop");
  EXPECT_THAT(about.compared, Contains(Field(&comparison_of::counter, Eq("server_cpu_ns"))));
  EXPECT_TRUE(column_of(about, "server_cpu_ns").watched);
  EXPECT_FALSE(column_of(about, "sleeps").watched);
  EXPECT_TRUE(entry_filter::parse(about.headline)->matches("open_loop/10000/timed"));
}

TEST(timeouts_under_load, compares_cpu_time_and_latencies) {
  const suite& about = describe_suite("timeouts_under_load");
  for (const char* counter : {"server_cpu_ns", "p50_ns", "p99_ns"}) {
    EXPECT_THAT(about.compared, Contains(Field(&comparison_of::counter, Eq(counter))));
  }
  EXPECT_TRUE(entry_filter::parse(about.headline)->matches("timeouts_under_load/10/timed"));
}

TEST(describe_contender, knows_what_does_less) {
  EXPECT_EQ(describe_contender("send_and_poll").kind, contender_kind::baseline);
  EXPECT_EQ(describe_contender("beast").kind, contender_kind::competitor);
  EXPECT_EQ(describe_contender("timed_of_another_kind").kind, contender_kind::ours);
  EXPECT_EQ(describe_contender("another").kind, contender_kind::competitor);
}

}  // namespace
}  // namespace timed::bench
