// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Common part of the entries of timeout_overhead. They are in two files: those of --quick, and the
// others, which take most of the time to compile.

#ifndef TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_H
#define TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_H

#include <benchmark/benchmark.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed/alternating.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/never.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/closed_loop.h"
#include "bench/drivers/fixture.h"
#include "bench/harness/differences.h"
#include "bench/harness/entry.h"
#include "bench/harness/statistics.h"
#include "bench/suites/compared.h"
#include "timed/backend.h"

namespace timed::bench {

inline constexpr std::size_t bytes_per_write = 64;

// Small writes, which never wait.
template <class Contender, class Operation, class Executor,
          template <class, class, class> class Loop>
class small_writes {
 public:
  static constexpr std::size_t batch = writes_per_batch(bytes_per_write);

  explicit small_writes(std::size_t background_deadlines_count)
      : fixture_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  double contender() {
    Contender::prepare(fixture_.stream);
    const double time = measure(loops_.contender());
    Contender::undo(fixture_.stream);
    return time;
  }
  double untimed() { return measure(loops_.untimed()); }
  double raw() { return measure(loops_.raw()); }

 private:
  using fixture_type = fixture<Contender, net::ip::tcp, Executor>;
  using stream_type = typename fixture_type::stream_type;

  template <class AnyLoop>
  double measure(AnyLoop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    fixture_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  template <class Any>
  using loop_of = Loop<Any, Operation, stream_type>;

  fixture_type fixture_;
  loops<Contender, loop_of> loops_{fixture_.context, fixture_.stream, fixture_.data(),
                                   no_observer(), Contender::wakes_queue};
};

template <class Contender, class Operation, class Stream>
using by_callbacks = closed_loop<Contender, Operation, Stream>;

template <class Compared>
void measure(benchmark::State& state, std::size_t background_deadlines_count) {
  Compared all(background_deadlines_count);
  const compared_times times = compare_batches(state, all, {.writes = Compared::batch});
  state.counters["write_ns"] = median(times.contender_ns);
  state.counters["raw_ns"] = median(times.raw_ns);
  count_difference(state, "minus_untimed", differences(times.contender_ns, times.untimed_ns));
  count_difference(state, "minus_raw", differences(times.contender_ns, times.raw_ns));
  state.counters["comparisons"] = static_cast<double>(times.contender_ns.size());
}

template <class Compared>
void register_compared(std::string_view operation, std::size_t background_deadlines_count,
                       std::string_view contender_name) {
  register_entry("timeout_overhead/" + std::string(operation) + "/" +
                     std::to_string(background_deadlines_count) + "/" + std::string(contender_name),
                 [background_deadlines_count](benchmark::State& state) {
                   measure<Compared>(state, background_deadlines_count);
                 });
}

template <class Contender, class Operation>
void register_small(std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here) {
    register_compared<small_writes<Contender, Operation, net::any_io_executor, by_callbacks>>(
        Operation::name, background_deadlines_count, Contender::name);
  }
}

template <class Operation>
void register_operation(const std::vector<std::size_t>& background_deadlines_counts) {
  for (const std::size_t count : background_deadlines_counts) {
    register_small<contenders::system_call, Operation>(count);
    register_small<contenders::plain_socket, Operation>(count);
    register_small<contenders::timed_never, Operation>(count);
    register_small<contenders::timed, Operation>(count);
    register_small<contenders::timed_idle_timeout, Operation>(count);
    register_small<contenders::timed_alternating, Operation>(count);
    register_small<contenders::asio_cancel_after, Operation>(count);
    register_small<contenders::asio_lazy_timer, Operation>(count);
    register_small<contenders::asio_kept_timer, Operation>(count);
    register_small<contenders::beast_never, Operation>(count);
    register_small<contenders::beast, Operation>(count);
  }
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUITES_TIMEOUT_OVERHEAD_H
