// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/suites.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace timed::bench {
namespace {

column nanoseconds(std::string counter, std::string heading, bool has_interval = false) {
  return {.counter = std::move(counter),
          .heading = std::move(heading),
          .unit = "ns",
          .has_interval = has_interval};
}

column shown_only(column is) {
  is.watched = false;
  return is;
}

// Mostly of the machine.
column of_the_tail(std::string counter, std::string heading) {
  return shown_only(nanoseconds(std::move(counter), std::move(heading)));
}

// A loop that is slower finds more at once. Counts that do not depend on that are those of
// //bench:counts_epoll.
column count_that_follows_speed(std::string counter, std::string heading) {
  return {
      .counter = std::move(counter), .heading = std::move(heading), .places = 2, .watched = false};
}

column difference(std::string counter, std::string heading) {
  return {.counter = std::move(counter),
          .heading = std::move(heading),
          .unit = "ns",
          .signs = true,
          .has_interval = true};
}

std::vector<suite> make_known_suites() {
  return {
      {.name = "timeout_overhead",
       .title = "What a deadline adds to a write",
       .question =
           "One write of 64 bytes over TCP loopback, with a deadline and without, while other "
           "deadlines are pending. The differences are paired: both batches are made within two "
           "milliseconds of each other, on the same connection. Rows that are compared to "
           "themselves show what is left of the noise. Service time of a closed loop.",
       .parts = {"operation", "other deadlines"},
       .columns = {nanoseconds("write_ns", "write"),
                   difference("minus_untimed_ns", "minus no deadline"),
                   difference("minus_raw_ns", "minus plain socket")},
       .compared = {{.counter = "minus_untimed_ns",
                     .what = "what a deadline adds to a write",
                     .deadlines_only = true},
                    {.counter = "minus_raw_ns",
                     .what = "what a write takes more than the plain socket’s",
                     .between_backends = false},
                    {.counter = "write_ns",
                     .what = "a write with a deadline",
                     .between_contenders = false}},
       .headline = "^timeout_overhead/async_write_some/1000/",
       .quick = "^timeout_overhead/async_write_some/(0|1000|100000)/",
       .plotted_against = "other deadlines"},
      {.name = "write_latency",
       .title = "How long one write takes",
       .question =
           "From before a write is started until its handler is called, each write timed by "
           "itself, "
           "two readings of the clock included, while 1,000 other deadlines are pending. The "
           "percentiles are of all writes of a round; the "
           "tail is mostly the machine's. Service time of a closed loop: no waiting behind others "
           "is in it.",
       .parts = {"socket", "bytes"},
       .columns = {nanoseconds("p50_ns", "p50", true), nanoseconds("p90_ns", "p90"),
                   nanoseconds("p99_ns", "p99"), of_the_tail("p99_9_ns", "p99.9")},
       .compared = {{.counter = "p50_ns", .what = "the median time of a write"}},
       .headline = "^write_latency/(tcp|unix)/64/",
       .quick = "^write_latency/(tcp|unix)/64/",
       .plotted_against = "bytes"},
      {.name = "round_trip",
       .title = "There and back over Unix sockets",
       .question =
           "64 bytes there and back, both ends in one context that one thread runs: two writes and "
           "two reads, so it is all CPU time. Service time of a closed loop.",
       .parts = {"socket", "connections"},
       .columns = {nanoseconds("real_time", "each", true)},
       .compared = {{.counter = "real_time", .what = "a round trip over Unix sockets"}},
       .headline = "^round_trip/unix/100/",
       .quick = "^round_trip/unix/(1|10|100)/",
       .plotted_against = "connections"},
      {.name = "echo_cpu",
       .title = "CPU time of an echo server",
       .question =
           "A server with busy connections echoes 64 bytes over TCP loopback; its client is "
           "another process on another CPU, the same for all. It is the server's CPU time per "
           "request, user mode and kernel, the arrival of the answer at the client included. "
           "“busy” is how much of the time the server was on its CPU. Service time of a closed "
           "loop.",
       .parts = {"connections"},
       .columns = {nanoseconds("real_time", "CPU time", true),
                   {.counter = "requests_per_s",
                    .heading = "requests",
                    .unit = "per second",
                    .less_is_better = false,
                    .watched = false},
                   {.counter = "server_busy",
                    .heading = "busy",
                    .places = 2,
                    .less_is_better = false,
                    .watched = false},
                   count_that_follows_speed("submissions", "SQEs"),
                   count_that_follows_speed("completions", "CQEs"),
                   count_that_follows_speed("system_calls", "system calls")},
       .compared = {{.counter = "real_time", .what = "the CPU time of an echo server per request"}},
       .headline = "^echo_cpu/64/",
       .quick = "^echo_cpu/(64/|16/(timed|beast|epoll_by_hand|liburing_send)/)",
       .plotted_against = "connections"},
      {.name = "open_loop",
       .title = "Latency at a fixed rate of arrivals",
       .question =
           "Requests arrive at a fixed rate, whatever the server is at; latency counts from the "
           "moment at which a request was to start, so that waiting behind others is in it (no "
           "coordinated omission).",
       .parts = {"requests per second"},
       .columns = {nanoseconds("p50_ns", "p50", true),
                   shown_only(nanoseconds("p90_ns", "p90")),
                   shown_only(nanoseconds("p99_ns", "p99", true)),
                   of_the_tail("p99_9_ns", "p99.9"),
                   of_the_tail("max_ns", "max"),
                   of_the_tail("client_late_p99_ns", "client late, p99"),
                   {.counter = "achieved_per_s",
                    .heading = "achieved",
                    .unit = "per second",
                    .less_is_better = false,
                    .watched = false}},
       .compared = {{.counter = "p50_ns", .what = "median latency at a fixed rate"},
                    {.counter = "p99_ns", .what = "99th percentile of latency at a fixed rate"}},
       .headline = "^open_loop/(50000|100000)/",
       .quick =
           "^open_loop/50000/(timed|asio_cancel_after|beast|libevent|epoll_by_hand|liburing_send)/",
       .plotted_against = "requests per second"},
      {.name = "memory",
       .title = "Memory of an idle connection",
       .question =
           "Per idle connection with a read outstanding that has a deadline: the heap of the "
           "process, which has in it the stream, a buffer of one byte, the operation, its handler "
           "and what the event loop has for them; and what its resident set grows by. The kernel’s "
           "own part is in neither.",
       .parts = {"connections"},
       .columns =
           {{.counter = "heap_bytes", .heading = "heap", .unit = "bytes", .has_interval = true},
            {.counter = "resident_bytes", .heading = "resident", .unit = "bytes"},
            {.counter = "heap_blocks", .heading = "blocks", .places = 2},
            {.counter = "allocations", .heading = "allocations", .places = 2}},
       .compared = {{.counter = "heap_bytes", .what = "heap of an idle connection"}},
       .headline = "^memory/1000/",
       .quick = "^memory/1000/",
       .plotted_against = "connections"},
      {.name = "connect_rate",
       .title = "Connections made and closed",
       .question =
           "How many connections are made, accepted and closed in a second, one after the other, "
           "client and server in one thread: the reciprocal of service time. The connect has a "
           "deadline; the server’s socket is the same for all.",
       .parts = {"socket"},
       .columns = {{.counter = "connects_per_s",
                    .heading = "connects",
                    .unit = "per second",
                    .less_is_better = false,
                    .has_interval = true},
                   shown_only(nanoseconds("real_time", "each"))},
       .compared = {{.counter = "connects_per_s", .what = "connections made per second"}},
       .headline = "^connect_rate/",
       .quick = "^connect_rate/"},
      {.name = "expiry_storm",
       .title = "When deadlines do pass",
       .question =
           "Operations are outstanding, and within one second all of their deadlines pass. None "
           "was lost or early, or there would be an error. “timer” is a bare timer with a wait, "
           "which is a part of what others need for each operation, so not the same work. The "
           "other "
           "streams have no descriptors, so nothing of the kernel’s part is in it; those of "
           "“1000_connections” have, all do the same there, and closing them is part of it.",
       .parts = {"deadlines"},
       .columns = {nanoseconds("arm_ns", "to set", true),
                   {.counter = "armed_bytes", .heading = "armed", .unit = "bytes"},
                   {.counter = "peak_bytes", .heading = "peak", .unit = "bytes"},
                   {.counter = "cpu_ms", .heading = "CPU, all", .unit = "ms", .has_interval = true},
                   {.counter = "worst_lateness_ms",
                    .heading = "worst late",
                    .unit = "ms",
                    .places = 1,
                    .watched = false}},
       .compared = {{.counter = "cpu_ms", .what = "the CPU time of deadlines that all pass"}},
       .headline = "^expiry_storm/(1000000|1000_connections)/",
       .quick = "",
       .plotted_against = "deadlines"},
  };
}

const std::vector<suite>& known_suites() {
  static const std::vector<suite> known = make_known_suites();
  return known;
}

}  // namespace

std::optional<double> percentile_of(std::string_view counter) {
  if (!absl::ConsumePrefix(&counter, "p")) return std::nullopt;
  const std::string digits =
      absl::StrReplaceAll(counter.substr(0, counter.rfind('_')), {{"_", "."}});
  double percentile = 0;
  if (!absl::SimpleAtod(digits, &percentile) || percentile <= 0 || percentile >= 100) {
    return std::nullopt;
  }
  return percentile;
}

bool column::is_of_speed() const {
  return unit == "ns" || unit == "us" || unit == "ms" || unit == "s" || unit == "per second";
}

column describe_counter(std::string_view counter) {
  column is{.counter = std::string(counter)};
  if (counter == "real_time" || counter == "cpu_time") {
    is.heading = counter == "real_time" ? "time" : "CPU time";
    is.unit = "ns";
    is.has_interval = counter == "real_time";
    return is;
  }
  std::string_view stem = counter;
  if (absl::ConsumeSuffix(&stem, "_per_s") || absl::ConsumeSuffix(&stem, "_per_second")) {
    is.unit = "per second";
    is.less_is_better = false;
  } else {
    for (const std::string_view unit : {"ns", "us", "ms", "s", "bytes", "percent"}) {
      if (!absl::ConsumeSuffix(&stem, absl::StrCat("_", unit))) continue;
      is.unit = unit;
      is.places = unit == "us" || unit == "ms" || unit == "s" ? 1 : 0;
      break;
    }
  }
  if (is.unit.empty()) is.places = 2;
  is.signs = absl::StartsWith(counter, "minus_");
  is.watched = percentile_of(counter).value_or(0) <= 99 && !absl::StartsWith(counter, "max_") &&
               !absl::StartsWith(counter, "worst_");
  is.heading = absl::StrReplaceAll(stem, {{"_", percentile_of(counter) ? "." : " "}});
  return is;
}

std::size_t place_of_suite(std::string_view name) {
  const auto is_it = [&](const suite& each) { return each.name == name; };
  const auto found = std::find_if(known_suites().begin(), known_suites().end(), is_it);
  return static_cast<std::size_t>(found - known_suites().begin());
}

const suite& describe_suite(std::string_view name) {
  static std::map<std::string, suite, std::less<>> unknown;
  const std::size_t place = place_of_suite(name);
  if (place < known_suites().size()) return known_suites()[place];
  const auto found = unknown.find(name);
  if (found != unknown.end()) return found->second;
  const std::string pattern = absl::StrCat("^", name, "/");
  return unknown
      .emplace(std::string(name), suite{.name = std::string(name),
                                        .title = absl::StrReplaceAll(name, {{"_", " "}}),
                                        .headline = pattern,
                                        .quick = pattern})
      .first->second;
}

contender describe_contender(std::string_view name) {
  using enum contender_kind;
  static const std::vector<contender> known = {
      {"send", floor, "the system call send(2), no event loop"},
      {"socket", floor, "the backend’s plain socket, no deadline"},
      {"beast_never", floor, "Boost.Beast’s stream, no deadline"},
      {"epoll_by_hand", floor, "by hand on epoll, no deadlines, handlers or executors"},
      {"liburing", floor, "by hand on liburing, no deadlines, handlers or executors"},
      {"liburing_coop_taskrun", floor,
       "by hand on liburing, with COOP_TASKRUN instead of DEFER_TASKRUN"},
      {"liburing_send", floor, "by hand on liburing and send(2), no deadlines"},
      {"timer", floor, "a bare timer of the backend with a wait, no operation"},
      {"timed", ours, "our stream, expires_after(30s) before each operation"},
      {"timed_never", ours, "our stream, no deadline"},
      {"timed_idle_timeout", ours, "our stream, timeout(30s) set once"},
      {"timed_by_turns", ours, "our stream, 5 ms and 30 s by turns"},
      {"asio_cancel_after", rival, "a plain Asio socket with cancel_after(30s)"},
      {"beast", rival, "Boost.Beast’s stream, expires_after(30s) before each operation"},
      {"libevent", rival, "libevent’s bufferevent with timeouts"},
      {"liburing_link_timeout", rival, "by hand on liburing, with a linked timeout"},
  };
  for (const contender& each : known) {
    if (each.name == name) return each;
  }
  return {std::string(name), absl::StartsWith(name, "timed") ? ours : rival, ""};
}

}  // namespace timed::bench
