// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A million operations are outstanding, and all of their deadlines pass within one second. What
// does it cost to set them, to keep them, and to deliver the timeouts, and how late is the last
// one?
//
// Ours are streams over sockets without a descriptor, each with an outstanding read: as with any
// stream, an expiry closes it, cancels the read, and calls its handler with error::timeout. Asio's
// are plain timers, each with a wait, which Beast's streams and `cancel_after` need for each
// operation besides the stream and the operation. So ours do more work.
//
// There are also a thousand reads on connections over Unix sockets, by our stream and by its
// competitors, which all do the same: an expiry cancels the read and closes the descriptor.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bench/clients/idle_peers.h"
#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/idle_socket.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"
#include "timed/rate_policy.h"
#include "timed/socket_stream.h"

namespace timed::bench {
namespace {

using clock = std::chrono::steady_clock;

using stream_protocol = net::local::stream_protocol;
using idle_stream = socket_stream<idle_socket>;
template <class Contender>
using connected_stream =
    typename Contender::template stream<stream_protocol, backend::io_context::executor_type>;

// Buffer of the reads; none ever completes with data.
std::array<char, 1> memory;

// A read on a stream, which closes itself on expiry.
template <class Contender, class Stream>
class read_by_stream {
 public:
  static constexpr std::string_view name = Contender::name;
  static constexpr bool is_connected = !std::is_same_v<Stream, idle_stream>;

  read_by_stream(backend::io_context& context, int descriptor) : stream_(context.get_executor()) {
    stream_.socket().assign(stream_protocol(), descriptor);
  }

  template <class Handler>
  void arm(clock::time_point deadline, Handler handler) {
    stream_.expires_at(deadline);
    Contender::template start<async_read_some>(
        stream_, net::buffer(memory),
        [handler](error_code ec, std::size_t) { handler(Contender::is_timeout(ec)); });
  }

 private:
  Stream stream_;
};

// A read on a plain socket, which the handler closes.
class read_by_cancel_after {
 public:
  static constexpr std::string_view name = contenders::asio_cancel_after::name;
  static constexpr bool is_connected = true;

  read_by_cancel_after(backend::io_context& context, int descriptor)
      : socket_(context.get_executor()) {
    socket_.assign(stream_protocol(), descriptor);
  }

  template <class Handler>
  void arm(clock::time_point deadline, Handler handler) {
    // `cancel_at` is `cancel_after` with an absolute deadline.
    socket_.async_read_some(net::buffer(memory),
                            net::cancel_at(deadline, [this, handler](error_code ec, std::size_t) {
                              socket_.close();
                              handler(contenders::asio_cancel_after::is_timeout(ec));
                            }));
  }

 private:
  contenders::plain_socket::stream<stream_protocol, backend::io_context::executor_type> socket_;
};

// A timer of the backend.
class timer {
 public:
  static constexpr std::string_view name = "timer";
  static constexpr bool is_connected = false;

  timer(backend::io_context& context, int /*descriptor*/) : timer_(context.get_executor()) {}

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

// Returns a value of /proc/self/status: VmRSS is the resident memory, VmHWM its peak.
double proc_status_bytes(std::string_view key) {
  std::ifstream file("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (file >> word) {
    if (word == std::string(key) + ":" && file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("/proc/self/status does not say " + std::string(key));
}

// Returns freed memory to the kernel, and resets VmHWM.
void reset_peak_memory() {
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

// @param lead Time between the start of arming and the first deadline.
// @return Whether all were armed before the first deadline; if not, nothing was measured.
template <class Contender>
bool measure(benchmark::State& state, std::size_t count, clock::duration lead) {
  std::optional<idle_peers> peers;  // forked before there is a context
  std::vector<owned_descriptor> descriptors(count);
  if (Contender::is_connected) descriptors = peers.emplace(count).take_connections();
  backend::io_context context;
  std::vector<clock::time_point> deadlines(count);
  std::vector<std::optional<Contender>> armed(count);
  outcome seen;
  std::fill(armed.begin(), armed.end(), std::nullopt);  // its memory is not that of deadlines
  reset_peak_memory();
  const double bytes_before = proc_status_bytes("VmRSS");

  const auto first = clock::now() + lead;
  std::mt19937 random(1);
  for (auto& deadline : deadlines)
    deadline = first + std::chrono::microseconds(random() % 1'000'000);
  const auto arming = clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    armed[i].emplace(context, descriptors[i].release());
    armed[i]->arm(deadlines[i], [&seen, &deadlines, i](bool is_timeout) {
      const auto late = clock::now() - deadlines[i];
      ++seen.delivered;
      if (!is_timeout) ++seen.wrong;
      if (late < clock::duration::zero()) ++seen.early;
      seen.worst_lateness = std::max(seen.worst_lateness, late);
    });
  }
  const std::chrono::duration<double, std::nano> armed_within = clock::now() - arming;
  const double bytes_armed = proc_status_bytes("VmRSS");
  if (clock::now() >= first) return false;

  context.run_until(first - std::chrono::milliseconds(10));
  const double cpu_before = cpu_seconds();
  context.run();
  const double cpu = cpu_seconds() - cpu_before;
  if (seen.delivered != count || seen.wrong != 0 || seen.early != 0) {
    throw std::runtime_error(std::to_string(count) +
                             " deadlines: " + std::to_string(seen.delivered) + " delivered, " +
                             std::to_string(seen.early) + " early, " + std::to_string(seen.wrong) +
                             " not with a timeout");
  }
  if (Contender::is_connected) expect_backend();
  state.SetIterationTime(cpu);
  const auto number = static_cast<double>(count);
  state.counters["arm_ns"] = armed_within.count() / number;
  state.counters["armed_bytes"] = (bytes_armed - bytes_before) / number;
  state.counters["peak_bytes"] = (proc_status_bytes("VmHWM") - bytes_before) / number;
  state.counters["cpu_ms"] = cpu * 1e3;
  state.counters["worst_lateness_ms"] =
      std::chrono::duration<double, std::milli>(seen.worst_lateness).count();
  return true;
}

// On a slow or busy machine arming takes longer: then it is repeated with more lead.
template <class Contender>
void measure_with_enough_lead(benchmark::State& state, std::size_t count) {
  while (state.KeepRunning()) {
    clock::duration lead = std::chrono::microseconds(200'000 + 2 * count);
    while (!measure<Contender>(state, count, lead)) lead *= 4;
  }
}

template <class Contender>
void register_contender(std::size_t count) {
  register_entry(
      "expiry_storm/" + std::to_string(count) + (Contender::is_connected ? "_connections/" : "/") +
          std::string(Contender::name),
      [count](benchmark::State& state) { measure_with_enough_lead<Contender>(state, count); })
      ->Iterations(1);
}

}  // namespace

void register_entries() {
  for (const std::size_t count : {1'000, 1'000'000}) {
    register_contender<read_by_stream<contenders::timed, idle_stream>>(count);
    register_contender<timer>(count);
  }
  raise_descriptor_limit();
  using contenders::beast;
  using contenders::timed;
  register_contender<read_by_stream<timed, connected_stream<timed>>>(1'000);
  if constexpr (beast::runs_here) {
    using contenders::asio_kept_timer;
    using contenders::asio_lazy_timer;
    register_contender<read_by_cancel_after>(1'000);
    register_contender<read_by_stream<asio_lazy_timer, connected_stream<asio_lazy_timer>>>(1'000);
    register_contender<read_by_stream<asio_kept_timer, connected_stream<asio_kept_timer>>>(1'000);
    register_contender<read_by_stream<beast, connected_stream<beast>>>(1'000);
  }
}

}  // namespace timed::bench
