// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/model/suites.h"

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

// A column that is displayed but not tested by --compare.
column shown_only(column described) {
  described.watched = false;
  return described;
}

// Percentiles of the tail depend mostly on the machine.
column of_the_tail(std::string counter, std::string heading) {
  return shown_only(nanoseconds(std::move(counter), std::move(heading)));
}

// A slower loop finds more events at once, so these counts depend on speed. //bench:counts_epoll
// has counts that do not.
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

column relative_difference(std::string counter, std::string heading) {
  return {.counter = std::move(counter),
          .heading = std::move(heading),
          .unit = "%",
          .places = 1,
          .signs = true,
          .has_interval = true,
          .watched = false};
}

// A suite whose server has busy connections.
suite closed_loop_server(suite described) {
  described.parts = {"connections"};
  described.columns = {nanoseconds("real_time", "CPU time", true),
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
                       count_that_follows_speed("system_calls", "system calls")};
  described.plotted_against = "connections";
  return described;
}

std::vector<suite> make_known_suites() {
  return {
      {.name = "timeout_overhead",
       .title = "What a deadline adds to a write",
       .question =
           "One write of 64 bytes over TCP loopback, with and without a deadline, while other "
           "deadlines are pending. The differences are paired: both batches run within two "
           "milliseconds of each other, on the same connection. Rows that are compared with "
           "themselves (A/A check) show the remaining noise. Service time of a closed loop.",
       .parts = {"operation", "other deadlines"},
       .columns = {nanoseconds("write_ns", "write"),
                   difference("minus_untimed_ns", "minus no deadline"),
                   difference("minus_raw_ns", "minus plain socket")},
       .compared = {{.counter = "minus_untimed_ns",
                     .what = "what a deadline adds to a write",
                     .deadlines_only = true},
                    {.counter = "minus_raw_ns",
                     .what = "what a write adds to the plain socket’s",
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
           "From before a write is started until its handler is called, each write timed "
           "separately, two clock reads included, while 1,000 other deadlines are pending. The "
           "percentiles are over all writes of a round; the tail depends mostly on the machine. "
           "Service time of a closed loop: it does not include waiting behind others.",
       .parts = {"socket", "bytes"},
       .columns = {nanoseconds("p50_ns", "p50", true), nanoseconds("p90_ns", "p90"),
                   nanoseconds("p99_ns", "p99"), of_the_tail("p99_9_ns", "p99.9")},
       .compared = {{.counter = "p50_ns", .what = "the median time of a write"}},
       .headline = "^write_latency/(tcp|unix)/64/",
       .quick = "^write_latency/(tcp|unix)/64/",
       .plotted_against = "bytes"},
      {.name = "throughput",
       .title = "Throughput of large writes",
       .question =
           "Writes of 16 KiB to 1 MiB, one after the other, to a process on another CPU that reads "
           "and counts all bytes. A batch of 16 MiB is several times what the kernel’s buffers "
           "hold; its time ends when the last byte has been read, so it includes waiting for room. "
           "The differences in time are paired, as those of timeout_overhead; rows that are "
           "compared "
           "with themselves show the noise. The CPU time is the writer’s, per write; “busy” is the "
           "part of the time that it was on its CPU: much below 1, it has waited for the reader.",
       .parts = {"socket", "bytes"},
       .columns = {{.counter = "gigabytes_per_s",
                    .heading = "throughput",
                    .unit = "GB/s",
                    .places = 2,
                    .less_is_better = false,
                    .has_interval = true},
                   shown_only(nanoseconds("write_ns", "write")),
                   relative_difference("over_untimed_percent", "over no deadline"),
                   relative_difference("over_raw_percent", "over plain socket"),
                   nanoseconds("writer_cpu_ns", "CPU time", true),
                   {.counter = "writer_busy",
                    .heading = "busy",
                    .places = 2,
                    .less_is_better = false,
                    .watched = false}},
       .compared = {{.counter = "gigabytes_per_s", .what = "the throughput of large writes"},
                    {.counter = "over_untimed_percent",
                     .what = "what a deadline adds to a large write",
                     .deadlines_only = true},
                    {.counter = "writer_cpu_ns", .what = "the CPU time of a large write"}},
       .headline = "^throughput/tcp/(65536|1048576)/",
       .quick = "",
       .plotted_against = "bytes"},
      {.name = "round_trip",
       .title = "There and back over Unix sockets",
       .question =
           "64 bytes there and back, both ends in one context that one thread runs: two writes and "
           "two reads, so all of it is CPU time. Service time of a closed loop.",
       .parts = {"socket", "connections"},
       .columns = {nanoseconds("real_time", "each", true)},
       .compared = {{.counter = "real_time", .what = "a round trip over Unix sockets"}},
       .headline = "^round_trip/unix/100/",
       .quick = "^round_trip/unix/(1|10|100)/",
       .plotted_against = "connections"},
      closed_loop_server(
          {.name = "echo_cpu",
           .title = "CPU time of an echo server",
           .question =
               "A server with busy connections echoes 64 bytes over TCP; its client is another "
               "process, on another CPU or another host, the same for all. The time is the "
               "server's CPU "
               "time per request, in user mode and in the kernel, including the arrival of the "
               "answer at the client. “busy” is the part of the time that the server was on its "
               "CPU. Service time of a closed loop.",
           .compared = {{.counter = "real_time",
                         .what = "the CPU time of an echo server per request"}},
           .headline = "^echo_cpu/64/",
           .quick = "^echo_cpu/(64/|16/(timed|beast|raw_epoll|raw_liburing_send)/)"}),
      closed_loop_server(
          {.name = "http_cpu",
           .title = "CPU time of an HTTP server",
           .question =
               "A server by Boost.Beast, written as its example, answers HTTP/1.1 requests on busy "
               "connections over TCP, each with 1 KiB of text; its client is another process, on "
               "another CPU or another host, the same for all, and checks each response. The time "
               "is "
               "the server's CPU time per request, as that of echo_cpu; most of it is Beast's.",
           .compared = {{.counter = "real_time",
                         .what = "the CPU time of an HTTP server per request"}},
           .headline = "^http_cpu/64/",
           .quick = ""}),
      closed_loop_server(
          {.name = "websocket_cpu",
           .title = "CPU time of a WebSocket server",
           .question =
               "A server by Boost.Beast, written as its example, echoes WebSocket messages of 64 "
               "bytes on busy connections over TCP; its client is another process, on another CPU "
               "or "
               "another host, the same for all, and checks each answer. The time is the server's "
               "CPU time per message, as that of echo_cpu.",
           .compared = {{.counter = "real_time",
                         .what = "the CPU time of a WebSocket server per message"}},
           .headline = "^websocket_cpu/64/",
           .quick = ""}),
      closed_loop_server({.name = "tls_cpu",
                          .title = "CPU time of a TLS server",
                          .question =
                              "A server by Asio echoes 64 bytes on busy connections over TLS and "
                              "TCP loopback; its "
                              "client is another process on another CPU, the same for all, and "
                              "checks each answer. "
                              "The time is the server's CPU time per request, as that of echo_cpu.",
                          .compared = {{.counter = "real_time",
                                        .what = "the CPU time of a TLS server per request"}},
                          .headline = "^tls_cpu/64/",
                          .quick = ""}),
      {.name = "open_loop",
       .title = "Latency at a fixed rate of arrivals",
       .question =
           "Requests arrive at a fixed rate, whatever the state of the server; latency counts from "
           "a request’s scheduled time, so it includes waiting behind others (no coordinated "
           "omission). The CPU time is the server’s per request. At 10,000 per second the server "
           "is "
           "idle for most of the time, and has to wake up for nearly each request: “sleeps” says "
           "how "
           "often it went to sleep per request.",
       .parts = {"requests per second"},
       .columns = {nanoseconds("p50_ns", "p50", true),
                   shown_only(nanoseconds("p90_ns", "p90")),
                   shown_only(nanoseconds("p99_ns", "p99", true)),
                   of_the_tail("p99_9_ns", "p99.9"),
                   of_the_tail("max_ns", "max"),
                   of_the_tail("client_late_p99_ns", "client late, p99"),
                   nanoseconds("server_cpu_ns", "CPU time", true),
                   count_that_follows_speed("sleeps", "sleeps"),
                   {.counter = "achieved_per_s",
                    .heading = "achieved",
                    .unit = "per second",
                    .less_is_better = false,
                    .watched = false}},
       .compared = {{.counter = "p50_ns", .what = "median latency at a fixed rate"},
                    {.counter = "p99_ns", .what = "99th percentile of latency at a fixed rate"},
                    {.counter = "server_cpu_ns",
                     .what = "the CPU time of an echo server per request at a fixed rate"}},
       .headline = "^open_loop/(10000|50000|100000)/",
       .quick =
           "^open_loop/50000/"
           "(timed|asio_cancel_after|beast|libevent|go|libuv|tokio|raw_epoll|raw_liburing_send)/",
       .plotted_against = "requests per second"},
      {.name = "timeouts_under_load",
       .title = "Timeouts that pass under load",
       .question =
           "An echo server with 200 connections, of which none, 1 % or 10 % are silent: the "
           "deadline "
           "of the read passes after 10 ms, the connection is closed, and another silent one takes "
           "its place. On the others 20,000 requests per second arrive, as in open_loop. The CPU "
           "time is the server’s per request, including the timeouts; the latencies are those of "
           "the requests. A timeout that is lost or early would be an error, and one of a "
           "connection that is not silent. “after” is the number of timeouts after the last "
           "request.",
       .parts = {"silent, %"},
       .columns = {nanoseconds("server_cpu_ns", "CPU time", true),
                   nanoseconds("p50_ns", "p50", true),
                   shown_only(nanoseconds("p99_ns", "p99", true)),
                   of_the_tail("p99_9_ns", "p99.9"),
                   of_the_tail("client_late_p99_ns", "client late, p99"),
                   {.counter = "timeouts_per_s",
                    .heading = "timeouts",
                    .unit = "per second",
                    .watched = false},
                   shown_only(nanoseconds("timeout_late_p50_ns", "late, p50")),
                   of_the_tail("timeout_late_p99_ns", "late, p99"),
                   {.counter = "after_load", .heading = "after", .watched = false}},
       .compared = {{.counter = "server_cpu_ns",
                     .what = "the CPU time of a server per request, while timeouts pass"},
                    {.counter = "p50_ns", .what = "median latency while timeouts pass"},
                    {.counter = "p99_ns",
                     .what = "99th percentile of latency while timeouts pass"}},
       .headline = "^timeouts_under_load/10/",
       .quick = "",
       .plotted_against = "silent, %"},
      {.name = "memory",
       .title = "Memory of an idle connection",
       .question =
           "Per idle connection with an outstanding read that has a deadline: the heap of the "
           "process (the stream, a buffer of one byte, the operation, its handler, and the event "
           "loop’s state for them), and the growth of its resident set. Neither includes the "
           "kernel’s own memory.",
       .parts = {"connections"},
       .columns =
           {{.counter = "heap_bytes", .heading = "heap", .unit = "bytes", .has_interval = true},
            {.counter = "resident_bytes", .heading = "resident", .unit = "bytes"},
            {.counter = "heap_blocks", .heading = "blocks", .places = 2},
            {.counter = "allocations", .heading = "allocations", .places = 2}},
       .compared = {{.counter = "heap_bytes", .what = "heap of an idle connection"}},
       .headline = "^memory/1000/",
       .quick = "",
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
       .quick = ""},
      {.name = "expiry_storm",
       .title = "When deadlines do pass",
       .question =
           "Operations are outstanding, and all of their deadlines pass within one second. A lost "
           "or early one would be an error. “timer” is a plain timer with a wait, which is only "
           "a part of what others need for each operation. The other streams have no descriptors, "
           "so the kernel’s part is not included; those of “1000_connections” have descriptors, "
           "all do the same work there, and closing them is included.",
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
  return unit == "ns" || unit == "us" || unit == "ms" || unit == "s" || unit == "per second" ||
         unit == "GB/s";
}

column describe_counter(std::string_view counter) {
  column described{.counter = std::string(counter)};
  if (counter == "real_time" || counter == "cpu_time") {
    described.heading = counter == "real_time" ? "time" : "CPU time";
    described.unit = "ns";
    described.has_interval = counter == "real_time";
    return described;
  }
  std::string_view stem = counter;
  if (absl::ConsumeSuffix(&stem, "_per_s") || absl::ConsumeSuffix(&stem, "_per_second")) {
    described.unit = "per second";
    described.less_is_better = false;
  } else {
    for (const std::string_view unit : {"ns", "us", "ms", "s", "bytes", "percent"}) {
      if (!absl::ConsumeSuffix(&stem, absl::StrCat("_", unit))) continue;
      described.unit = unit;
      described.places = unit == "us" || unit == "ms" || unit == "s" ? 1 : 0;
      break;
    }
  }
  if (described.unit.empty()) described.places = 2;
  described.signs = absl::StartsWith(counter, "minus_");
  described.watched = percentile_of(counter).value_or(0) <= 99 &&
                      !absl::StartsWith(counter, "max_") && !absl::StartsWith(counter, "worst_");
  described.heading = absl::StrReplaceAll(stem, {{"_", percentile_of(counter) ? "." : " "}});
  return described;
}

std::size_t place_of_suite(std::string_view name) {
  const auto is_it = [&](const suite& suite) { return suite.name == name; };
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
      {"send", baseline, "the system call send(2), no event loop"},
      {"socket", baseline, "the backend’s plain socket, no deadline"},
      {"socket_one_thread", baseline, "the plain socket on io_context(1), no deadline"},
      {"beast_never", baseline, "Boost.Beast’s stream, no deadline"},
      {"raw_epoll", baseline, "directly on epoll, no deadlines, handlers or executors"},
      {"raw_liburing", baseline, "directly on liburing, no deadlines, handlers or executors"},
      {"raw_liburing_coop_taskrun", baseline,
       "directly on liburing, with COOP_TASKRUN instead of DEFER_TASKRUN"},
      {"raw_liburing_send", baseline, "directly on liburing, writes with send(2), no deadlines"},
      {"raw_liburing_multishot", baseline,
       "directly on liburing, multishot receive into provided buffers, no deadlines"},
      {"raw_liburing_multishot_coop_taskrun", baseline,
       "the same with COOP_TASKRUN instead of DEFER_TASKRUN"},
      {"send_and_poll", baseline, "send(2), and poll(2) while the socket is full, no event loop"},
      {"timer", baseline, "a plain timer of the backend with a wait, no operation"},
      {"timed", ours, "our stream, expires_after(30s) before each operation"},
      {"timed_never", ours, "our stream, no deadline"},
      {"timed_idle_timeout", ours, "our stream, timeout(30s) set once"},
      {"timed_websocket_timeout", ours, "our stream below a WebSocket with its own timeouts"},
      {"timed_alternating", ours, "our stream, alternating between 5 ms and 30 s"},
      {"asio_cancel_after", competitor, "a plain Asio socket with cancel_after(30s)"},
      {"asio_lazy_timer", competitor,
       "a plain Asio socket, whose timer looks at a stored deadline when it fires"},
      {"asio_kept_timer", competitor,
       "a plain Asio socket, whose timer is armed and cancelled for each operation"},
      {"beast", competitor, "Boost.Beast’s stream, expires_after(30s) before each operation"},
      {"beast_websocket_timeout", competitor,
       "Boost.Beast’s stream below a WebSocket with its own timeouts"},
      {"libevent", competitor,
       "libevent’s bufferevent with timeouts, with a changelist and common timeouts"},
      {"go", competitor, "a program in Go, with deadlines of 30 s before each operation"},
      {"libuv", competitor, "a program in C on libuv, with a timer of 30 s for each connection"},
      {"tokio", competitor, "a program on tokio, with timeout(30s) around each operation"},
      {"raw_liburing_link_timeout", competitor, "directly on liburing, with a linked timeout"},
  };
  for (const contender& contender : known) {
    if (contender.name == name) return contender;
  }
  return {std::string(name), absl::StartsWith(name, "timed") ? ours : competitor, ""};
}

}  // namespace timed::bench
