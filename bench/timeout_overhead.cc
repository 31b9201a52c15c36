// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does a deadline add to a write? 64 bytes over TCP loopback, the same write with and without,
// while 0, 1,000 or 100,000 other deadlines are pending.
//
// The difference is a tenth of the whole, and a shared machine's speed changes by more than that
// from one second to the next. So each iteration compares batches that are within a millisecond of
// each other: contender, untimed, untimed, contender. That order takes out a linear drift too. The
// entry "asio" compares the untimed write to itself: what is not zero there is noise.

#include <benchmark/benchmark.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/contenders/asio.h"
#include "bench/contenders/asio_cancel_after.h"
#include "bench/contenders/timed.h"
#include "bench/contenders/timed_never.h"
#include "bench/support/closed_loop.h"
#include "bench/support/entry.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "bench/support/statistics.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

constexpr std::size_t bytes_per_write = 64;
constexpr std::size_t batch = writes_per_batch(bytes_per_write);

// A contender and the untimed write, on the same connection.
template <class Contender, class Operation, class Executor>
class paired {
 public:
  explicit paired(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  // Nanoseconds per write.
  double contender() {
    return measure(
        contender_, [] {}, [] {});
  }
  double untimed() {
    return measure(
        untimed_, [] {}, [] {});
  }

  // The same, and counts the CPU time of it.
  double contender(benchmark::State& state) {
    return measure(
        contender_, [&] { state.ResumeTiming(); }, [&] { state.PauseTiming(); });
  }

  void hold_backend() const { rig_.hold_backend(); }

 private:
  using rig_type = rig<net::ip::tcp, Executor>;
  using stream_type = typename rig_type::stream_type;

  template <class Loop, class Before, class After>
  double measure(Loop& loop, Before before, After after) {
    before();
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    after();
    rig_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  rig_type rig_;
  closed_loop<Contender, Operation, stream_type> contender_{rig_.context, rig_.stream, rig_.data()};
  closed_loop<contenders::asio, Operation, stream_type> untimed_{rig_.context, rig_.stream,
                                                                 rig_.data()};
};

template <class Contender, class Operation, class Executor>
void measure(benchmark::State& state, std::size_t background_deadlines_count) {
  paired<Contender, Operation, Executor> pair(background_deadlines_count);
  for (int i = 0; i < 4; ++i) {  // caches, allocators and the connection's window get warm
    pair.contender();
    pair.untimed();
  }

  std::vector<double> contender_ns;
  std::vector<double> untimed_ns;
  std::vector<double> minus_untimed_ns;
  // Google Benchmark is told of two batches' writes at a time, so that its times are per write.
  while (state.KeepRunningBatch(2 * batch)) {
    state.PauseTiming();  // of the CPU time, which is thereby the contender's only
    const double first = pair.contender(state);
    const double untimed = (pair.untimed() + pair.untimed()) / 2;
    const double contender = (first + pair.contender(state)) / 2;
    state.ResumeTiming();
    state.SetIterationTime(contender * 2 * batch * 1e-9);
    contender_ns.push_back(contender);
    untimed_ns.push_back(untimed);
    minus_untimed_ns.push_back(contender - untimed);
  }
  pair.hold_backend();

  const interval minus_95 = median_interval(minus_untimed_ns, 0.95);
  state.counters["write_ns"] = median(contender_ns);
  state.counters["untimed_ns"] = median(untimed_ns);
  state.counters["minus_untimed_ns"] = median(minus_untimed_ns);
  state.counters["minus_untimed_low_ns"] = minus_95.low;
  state.counters["minus_untimed_high_ns"] = minus_95.high;
  state.counters["pairs"] = static_cast<double>(minus_untimed_ns.size());
}

template <class Contender, class Operation, class Executor>
void register_contender(std::size_t background_deadlines_count) {
  register_entry("timeout_overhead/" + std::string(Operation::name) + "/" +
                     std::to_string(background_deadlines_count) + "/" +
                     std::string(Contender::name),
                 [background_deadlines_count](benchmark::State& state) {
                   measure<Contender, Operation, Executor>(state, background_deadlines_count);
                 });
}

template <class Operation, class Executor>
void register_operation() {
  for (const std::size_t background_deadlines_count : {0, 1'000, 100'000}) {
    register_contender<contenders::asio, Operation, Executor>(background_deadlines_count);
    register_contender<contenders::timed_never, Operation, Executor>(background_deadlines_count);
    register_contender<contenders::timed, Operation, Executor>(background_deadlines_count);
    register_contender<contenders::asio_cancel_after, Operation, Executor>(
        background_deadlines_count);
  }
}

}  // namespace

void register_entries() {
  register_operation<async_write_some, net::any_io_executor>();
  register_operation<async_write, net::any_io_executor>();
}

}  // namespace timed::bench
