// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does a deadline add to a write? 64 bytes over TCP loopback, the same write with and without,
// while up to a million other deadlines are pending.
//
// The difference is a fraction of the whole, and a shared machine's speed changes by more than that
// from one second to the next. So each iteration compares batches that are within two milliseconds
// of each other: of a contender, of the same stream without a deadline ("untimed"), and of the
// socket ("raw"), in some order and then in the reverse one, which takes out a linear drift. A
// batch's place in the order makes a difference, too, of up to 14 ns; so each iteration draws
// another one. Entries that are themselves "untimed" or "raw" compare it to itself: what is not
// zero there is noise.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <random>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/contenders/asio_cancel_after.h"
#include "bench/contenders/beast.h"
#include "bench/contenders/plain_socket.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed.h"
#include "bench/contenders/timed_by_turns.h"
#include "bench/contenders/timed_idle_timeout.h"
#include "bench/contenders/timed_never.h"
#include "bench/support/closed_loop.h"
#include "bench/support/differences.h"
#include "bench/support/entry.h"
#include "bench/support/hold_backend.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "bench/support/statistics.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

constexpr std::size_t bytes_per_write = 64;
constexpr std::size_t batch = writes_per_batch(bytes_per_write);

// A contender, the same without a deadline, and the socket, on the same connection.
template <class Contender, class Operation, class Executor>
class compared {
 public:
  explicit compared(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  // Nanoseconds per write.
  double contender() {
    Contender::prepare(rig_.stream);
    contender_.set_deadlines(true);
    const double time = measure(contender_);
    Contender::undo(rig_.stream);
    return time;
  }
  double untimed() {
    if constexpr (std::is_same_v<typename Contender::untimed, Contender>) {
      contender_.set_deadlines(false);
      return measure(contender_);
    } else {
      return measure(untimed_);
    }
  }
  double raw() { return measure(raw_); }

 private:
  using rig_type = rig<Contender, net::ip::tcp, Executor>;
  using stream_type = typename rig_type::stream_type;

  template <class Loop>
  double measure(Loop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    rig_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  template <class Any>
  using loop_of = closed_loop<Any, Operation, stream_type>;

  rig_type rig_;
  loop_of<Contender> contender_{
      rig_.context, rig_.stream, rig_.data(), {}, Contender::deadlines_come_up};
  loop_of<typename Contender::untimed> untimed_{
      rig_.context, rig_.stream, rig_.data(), {}, Contender::deadlines_come_up};
  loop_of<contenders::plain_socket> raw_{
      rig_.context, rig_.stream, rig_.data(), {}, Contender::deadlines_come_up};
};

enum part : std::size_t { contender, untimed, raw };

template <class Contender, class Operation, class Executor>
void measure(benchmark::State& state, std::size_t background_deadlines_count) {
  compared<Contender, Operation, Executor> all(background_deadlines_count);
  const auto batch_of = [&](part which) {
    return which == contender ? all.contender() : which == untimed ? all.untimed() : all.raw();
  };
  std::array order = {contender, untimed, raw};
  std::minstd_rand random(1);
  for (int i = 0; i < 4; ++i) {  // caches, allocators and the connection's window get warm
    for (const part each : order) batch_of(each);
  }

  std::vector<double> contender_ns;
  std::vector<double> raw_ns;
  std::vector<double> minus_untimed_ns;
  std::vector<double> minus_raw_ns;
  // Google Benchmark is told of all batches' writes, and of the contender's time for as many. The
  // CPU time that it takes itself is of all three, and of the peer that reads.
  constexpr std::size_t writes = 2 * order.size() * batch;
  while (state.KeepRunningBatch(writes)) {
    std::ranges::shuffle(order, random);
    std::array<double, order.size()> time{};
    for (const part each : order) time[each] += batch_of(each) / 2;
    for (const part each : std::views::reverse(order)) time[each] += batch_of(each) / 2;
    state.SetIterationTime(time[contender] * writes * 1e-9);
    contender_ns.push_back(time[contender]);
    raw_ns.push_back(time[raw]);
    minus_untimed_ns.push_back(time[contender] - time[untimed]);
    minus_raw_ns.push_back(time[contender] - time[raw]);
  }
  hold_backend();

  state.counters["write_ns"] = median(contender_ns);
  state.counters["raw_ns"] = median(raw_ns);
  count_difference(state, "minus_untimed", minus_untimed_ns);
  count_difference(state, "minus_raw", minus_raw_ns);
  state.counters["comparisons"] = static_cast<double>(minus_raw_ns.size());
}

template <class Contender, class Operation, class Executor>
void register_contender(std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here)
    register_entry("timeout_overhead/" + std::string(Operation::name) + "/" +
                       std::to_string(background_deadlines_count) + "/" +
                       std::string(Contender::name),
                   [background_deadlines_count](benchmark::State& state) {
                     measure<Contender, Operation, Executor>(state, background_deadlines_count);
                   });
}

template <class Operation, class Executor>
void register_operation(const std::vector<std::size_t>& background_deadlines_counts) {
  for (const std::size_t count : background_deadlines_counts) {
    register_contender<contenders::system_call, Operation, Executor>(count);
    register_contender<contenders::plain_socket, Operation, Executor>(count);
    register_contender<contenders::timed_never, Operation, Executor>(count);
    register_contender<contenders::timed, Operation, Executor>(count);
    register_contender<contenders::timed_idle_timeout, Operation, Executor>(count);
    register_contender<contenders::timed_by_turns, Operation, Executor>(count);
    register_contender<contenders::asio_cancel_after, Operation, Executor>(count);
    register_contender<contenders::beast_never, Operation, Executor>(count);
    register_contender<contenders::beast, Operation, Executor>(count);
  }
}

}  // namespace

void register_entries() {
  register_operation<async_write_some, net::any_io_executor>({0, 1, 1'000, 100'000, 1'000'000});
  register_operation<async_write, net::any_io_executor>({0, 1'000});
}

}  // namespace timed::bench
