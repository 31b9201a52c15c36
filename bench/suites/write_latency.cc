// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How long does one write take, from before it is started until its handler is called? Each write
// is timed separately, and nothing is averaged: the percentiles are over all writes of an entry.
//
// The writes follow each other without a pause, one at a time. So this is service time; it does not
// include waiting behind other requests, as under load.

#include <benchmark/benchmark.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/asio/socket_one_thread.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/closed_loop.h"
#include "bench/drivers/fixture.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/statistics.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// Records the duration of each write, including two clock reads of some 25 ns each.
class stopwatch {
 public:
  explicit stopwatch(std::vector<std::int64_t>& latencies_ns) : latencies_ns_(&latencies_ns) {}

  void before_write() { began_ = clock::now(); }
  void after_write() { latencies_ns_->push_back((clock::now() - began_).count()); }

 private:
  static_assert(std::is_same_v<clock::duration, std::chrono::nanoseconds>);

  std::vector<std::int64_t>* latencies_ns_;
  clock::time_point began_;
};

template <class Contender, class Protocol, class Executor>
void measure(benchmark::State& state, const Protocol& protocol, std::size_t bytes_per_write) {
  using fixture_type = fixture<Contender, Protocol, Executor>;
  using stream_type = typename fixture_type::stream_type;
  const std::size_t batch = writes_per_batch(bytes_per_write);
  const std::size_t writes_max = static_cast<std::size_t>(state.max_iterations) + batch;

  // Without others, each Asio timer would be the earliest, which costs a system call.
  constexpr std::size_t other_deadlines = 1'000;
  fixture_type fixture(protocol, bytes_per_write, other_deadlines);
  std::vector<std::int64_t> latencies_ns(writes_max);  // touched here, to avoid page faults later
  latencies_ns.clear();
  closed_loop<Contender, async_write_some, stream_type, stopwatch> loop(
      fixture.context, fixture.stream, fixture.data(), stopwatch(latencies_ns),
      Contender::wakes_queue);
  for (int i = 0; i < 8; ++i) {  // warms up caches, allocators and the connection's window
    loop.run(batch);
    fixture.peer.drain(batch, bytes_per_write);
  }
  latencies_ns.clear();

  // Google Benchmark counts the writes of a batch, so its times are per write.
  while (state.KeepRunningBatch(static_cast<std::int64_t>(batch))) {
    const std::size_t before = latencies_ns.size();
    loop.run(batch);
    state.PauseTiming();  // so that the CPU time is only that of the writes
    fixture.peer.drain(batch, bytes_per_write);
    std::int64_t sum_ns = 0;
    for (std::size_t i = before; i < latencies_ns.size(); ++i) sum_ns += latencies_ns[i];
    state.SetIterationTime(static_cast<double>(sum_ns) * 1e-9);
    state.ResumeTiming();
  }
  expect_backend();

  const auto counter = [&](double quantile) {
    return static_cast<double>(percentile(latencies_ns, quantile));
  };
  state.counters["p50_ns"] = counter(0.5);
  state.counters["p90_ns"] = counter(0.9);
  state.counters["p99_ns"] = counter(0.99);
  state.counters["p99_9_ns"] = counter(0.999);
  state.counters["samples"] = static_cast<double>(latencies_ns.size());
}

template <class Contender, class Executor, class Protocol>
void register_contender(const std::string& protocol_name, const Protocol& protocol,
                        std::size_t bytes_per_write) {
  if constexpr (Contender::runs_here) {
    register_entry("write_latency/" + protocol_name + "/" + std::to_string(bytes_per_write) + "/" +
                       std::string(Contender::name),
                   [protocol, bytes_per_write](benchmark::State& state) {
                     measure<Contender, Protocol, Executor>(state, protocol, bytes_per_write);
                   });
  }
}

template <class Executor, class Protocol>
void register_protocol(const std::string& name, const Protocol& protocol) {
  for (const std::size_t bytes_per_write : {64, 1024, 4096, 16384}) {
    register_contender<contenders::system_call, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::plain_socket, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::socket_one_thread, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::timed, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::asio_cancel_after, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::asio_lazy_timer, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::asio_kept_timer, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::beast, Executor>(name, protocol, bytes_per_write);
  }
}

}  // namespace

void register_entries() {
  register_protocol<net::any_io_executor>("tcp", net::ip::tcp::v4());
  register_protocol<net::any_io_executor>("unix", net::local::stream_protocol());
}

}  // namespace timed::bench
