// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A million operations are outstanding, and within one second all of their deadlines pass: what
// does it take to set them, to keep them, and to deliver the timeouts? And how late is the last?
//
// Ours are streams over sockets that have no descriptor, each with a read: what happens to them is
// what happens to any stream, which is closed, its read cancelled, and the read's handler called
// with error::timeout. Asio's are bare timers, each with a wait: what Beast's streams and
// `cancel_after` have for each operation, besides the stream and the operation itself. So ours do
// more.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/support/entry.h"
#include "bench/support/idle_socket.h"
#include "timed/backend.h"
#include "timed/detail/stream_over.h"
#include "timed/rate_policy.h"

namespace timed::bench {
namespace {

using clock = std::chrono::steady_clock;

class timed_stream {
 public:
  static constexpr std::string_view name = "timed";

  explicit timed_stream(backend::io_context& context) : stream_(context.get_executor()) {}

  template <class Handler>
  void arm(clock::time_point deadline, Handler handler) {
    stream_.expires_at(deadline);
    stream_.async_read_some(net::buffer(memory_), [handler](error_code ec, std::size_t) {
      handler(ec == error::timeout);
    });
  }

 private:
  detail::stream_over<idle_socket, unlimited_rate_policy> stream_;
  inline static std::array<char, 1> memory_;
};

// One for each deadline, of the backend: Asio's, or ours.
class timer {
 public:
  static constexpr std::string_view name = "timer";

  explicit timer(backend::io_context& context) : timer_(context.get_executor()) {}

  template <class Handler>
  void arm(clock::time_point deadline, Handler handler) {
    timer_.expires_at(deadline);
    timer_.async_wait([handler](error_code ec) { handler(!ec); });
  }

 private:
  backend::basic_timer<backend::io_context::executor_type> timer_;
};

double cpu_seconds() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const ::timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// What the kernel says of this process's memory: VmRSS is what it has, VmHWM the most it had.
double kernel_says_bytes(std::string_view key) {
  std::ifstream file("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (file >> word) {
    if (word == std::string(key) + ":" && file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("/proc/self/status does not say " + std::string(key));
}

// Gives back what was freed, and has VmHWM begin anew.
void forget_earlier_memory() {
  ::malloc_trim(0);
  if (!(std::ofstream("/proc/self/clear_refs") << 5 << std::flush)) {
    throw std::runtime_error("/proc/self/clear_refs cannot be written, see proc(5)");
  }
}

struct outcome {
  std::size_t delivered = 0;
  std::size_t wrong = 0;  // not a timeout
  std::size_t early = 0;
  clock::duration worst_lateness{};
};

template <class Contender>
void measure(benchmark::State& state, std::size_t count) {
  while (state.KeepRunning()) {
    backend::io_context context;
    std::vector<clock::time_point> deadlines(count);
    std::vector<std::optional<Contender>> armed(count);
    outcome seen;
    std::fill(armed.begin(), armed.end(), std::nullopt);  // its memory is not that of deadlines
    forget_earlier_memory();
    const double bytes_before = kernel_says_bytes("VmRSS");

    // Far enough that all are armed by the first.
    const auto first = clock::now() + std::chrono::microseconds(200'000 + 2 * count);
    std::mt19937 random(1);
    for (auto& each : deadlines) each = first + std::chrono::microseconds(random() % 1'000'000);
    const auto arming = clock::now();
    for (std::size_t i = 0; i < count; ++i) {
      armed[i].emplace(context);
      armed[i]->arm(deadlines[i], [&seen, &deadlines, i](bool is_timeout) {
        const auto late = clock::now() - deadlines[i];
        ++seen.delivered;
        if (!is_timeout) ++seen.wrong;
        if (late < clock::duration::zero()) ++seen.early;
        seen.worst_lateness = std::max(seen.worst_lateness, late);
      });
    }
    const std::chrono::duration<double, std::nano> armed_within = clock::now() - arming;
    const double bytes_armed = kernel_says_bytes("VmRSS");
    if (clock::now() >= first)
      throw std::runtime_error("this machine is too slow: not armed in time");

    context.run_until(first - std::chrono::milliseconds(10));
    const double cpu_before = cpu_seconds();
    context.run();
    const double cpu = cpu_seconds() - cpu_before;
    if (seen.delivered != count || seen.wrong != 0 || seen.early != 0) {
      throw std::runtime_error(std::to_string(count) +
                               " deadlines: " + std::to_string(seen.delivered) + " delivered, " +
                               std::to_string(seen.early) + " early, " +
                               std::to_string(seen.wrong) + " not with a timeout");
    }
    state.SetIterationTime(cpu);
    const auto of = static_cast<double>(count);
    state.counters["arm_ns"] = armed_within.count() / of;
    state.counters["armed_bytes"] = (bytes_armed - bytes_before) / of;
    state.counters["peak_bytes"] = (kernel_says_bytes("VmHWM") - bytes_before) / of;
    state.counters["cpu_ms"] = cpu * 1e3;
    state.counters["worst_lateness_ms"] =
        std::chrono::duration<double, std::milli>(seen.worst_lateness).count();
  }
}

template <class Contender>
void register_contender(std::size_t count) {
  register_entry("expiry_storm/" + std::to_string(count) + "/" + std::string(Contender::name),
                 [count](benchmark::State& state) { measure<Contender>(state, count); })
      ->Iterations(1);
}

}  // namespace

void register_entries() {
  for (const std::size_t count : {1'000, 1'000'000}) {
    register_contender<timed_stream>(count);
    register_contender<timer>(count);
  }
}

}  // namespace timed::bench
