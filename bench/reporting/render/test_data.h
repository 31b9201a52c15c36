// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Data for tests.

#ifndef TIMED_BENCH_REPORTING_RENDER_TEST_DATA_H
#define TIMED_BENCH_REPORTING_RENDER_TEST_DATA_H

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/reporting/model/report_data.h"
#include "bench/reporting/render/page.h"

namespace timed::bench {

inline measured_entry entry(std::vector<std::string> name,
                            std::map<std::string, std::vector<double>, std::less<>> values) {
  return {.name = std::move(name), .values = std::move(values)};
}

inline measured_program program(std::string suite, std::string backend,
                                std::vector<measured_entry> entries) {
  measured_program made{.suite = std::move(suite), .backend = std::move(backend)};
  made.entries = std::move(entries);
  made.context = {{"cpu_model", "A CPU"},
                  {"host_name", "secret"},
                  {"mitigations", "one | two"},
                  {"backend_active", made.backend}};
  made.rounds.resize(9);
  return made;
}

inline report_data data_of(std::vector<measured_program> programs) {
  return {.date = "today",
          .commit = "0123456789ab",
          .command = "the command",
          .mode = "quick",
          .rounds_planned = 9,
          .min_time_s = 0.01,
          .left_out = {"much"},
          .programs = std::move(programs)};
}

inline const std::vector<double> fast{10, 11, 12, 13, 14, 15, 16, 17, 18};
inline const std::vector<double> slow{110, 111, 112, 113, 114, 115, 116, 117, 118};

inline report_data overhead() {
  std::vector<measured_program> programs;
  for (const char* backend : {"epoll", "io_uring_native"}) {
    std::vector<measured_entry> entries;
    for (const char* others : {"0", "1000"}) {
      const auto named = [&](const char* contender) {
        return std::vector<std::string>{"timeout_overhead", "async_write_some", others, contender};
      };
      entries.push_back(
          entry(named("socket"), {{"write_ns", slow}, {"minus_raw_ns", {0, 0, 0, 0, 0}}}));
      entries.push_back(entry(named("timed"), {{"write_ns", slow}, {"minus_untimed_ns", fast}}));
      entries.push_back(entry(named("beast"), {{"write_ns", slow}, {"minus_untimed_ns", slow}}));
    }
    programs.push_back(program("timeout_overhead", backend, std::move(entries)));
  }
  return data_of(std::move(programs));
}

inline report_data latency() {
  const auto percentiles = [](double by) {
    std::map<std::string, std::vector<double>, std::less<>> values;
    for (const char* counter : {"p50_ns", "p90_ns", "p99_ns", "p99_9_ns"}) {
      values[counter] = {by, by, by + 1};
      by *= 2;
    }
    return values;
  };
  return data_of({program("write_latency", "epoll",
                          {entry({"write_latency", "tcp", "64", "send"}, percentiles(500)),
                           entry({"write_latency", "tcp", "64", "timed"}, percentiles(600))})});
}

inline std::string page_of(const report_data& data) {
  return make_page({.data = data});
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_REPORTING_RENDER_TEST_DATA_H
