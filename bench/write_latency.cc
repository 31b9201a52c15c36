// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How long does one write take, from before it is started until its handler is called? Each write
// is timed by itself, and nothing is averaged: the percentiles are those of all writes of an entry.
//
// The writes follow each other without a pause, one at a time. So this is the time of service; it
// has no waiting behind other requests in it, which under load a user meets too.

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

#include "bench/contenders/asio_cancel_after.h"
#include "bench/contenders/beast.h"
#include "bench/contenders/plain_socket.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed.h"
#include "bench/support/closed_loop.h"
#include "bench/support/entry.h"
#include "bench/support/hold_backend.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "bench/support/statistics.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// Stores each write's nanoseconds. The two readings of the clock are in them, some 25 ns each.
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
  using rig_type = rig<Contender, Protocol, Executor>;
  using stream_type = typename rig_type::stream_type;
  const std::size_t batch = writes_per_batch(bytes_per_write);
  const std::size_t writes_max = static_cast<std::size_t>(state.max_iterations) + batch;

  // Without others, each deadline of an Asio timer would be the earliest, and take a system call.
  constexpr std::size_t other_deadlines = 1'000;
  rig_type rig(protocol, bytes_per_write, other_deadlines);
  std::vector<std::int64_t> latencies_ns(
      writes_max);  // touched here, so that no page fault is later
  latencies_ns.clear();
  closed_loop<Contender, async_write_some, stream_type, stopwatch> loop(
      rig.context, rig.stream, rig.data(), stopwatch(latencies_ns));
  for (int i = 0; i < 8; ++i) {  // caches, allocators and the connection's window get warm
    loop.run(batch);
    rig.peer.drain(batch, bytes_per_write);
  }
  latencies_ns.clear();

  // Google Benchmark is told of a batch's writes at a time, so that its times are per write.
  while (state.KeepRunningBatch(static_cast<std::int64_t>(batch))) {
    const std::size_t before = latencies_ns.size();
    loop.run(batch);
    state.PauseTiming();  // of the CPU time, which is thereby the writes' only
    rig.peer.drain(batch, bytes_per_write);
    std::int64_t sum_ns = 0;
    for (std::size_t i = before; i < latencies_ns.size(); ++i) sum_ns += latencies_ns[i];
    state.SetIterationTime(static_cast<double>(sum_ns) * 1e-9);
    state.ResumeTiming();
  }
  hold_backend();

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
    register_contender<contenders::timed, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::asio_cancel_after, Executor>(name, protocol, bytes_per_write);
    register_contender<contenders::beast, Executor>(name, protocol, bytes_per_write);
  }
}

}  // namespace

void register_entries() {
  register_protocol<net::any_io_executor>("tcp", net::ip::tcp::v4());
  register_protocol<net::any_io_executor>("unix", net::local::stream_protocol());
}

}  // namespace timed::bench
