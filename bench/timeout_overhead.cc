// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What does a deadline add to a write? 64 bytes over TCP loopback, the same write with and without,
// while up to a million other deadlines are pending. By handlers and by coroutines, where one write
// of a hundred times out, and where writes have to wait and are partial.
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
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <random>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bench/contenders/asio_cancel_after.h"
#include "bench/contenders/beast.h"
#include "bench/contenders/libevent_writes.h"
#include "bench/contenders/liburing_writes.h"
#include "bench/contenders/plain_socket.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed.h"
#include "bench/contenders/timed_by_turns.h"
#include "bench/contenders/timed_idle_timeout.h"
#include "bench/contenders/timed_never.h"
#include "bench/support/blocked_loop.h"
#include "bench/support/closed_loop.h"
#include "bench/support/coroutine_loop.h"
#include "bench/support/cpu_time.h"
#include "bench/support/differences.h"
#include "bench/support/entry.h"
#include "bench/support/full_socket.h"
#include "bench/support/hold_backend.h"
#include "bench/support/operations.h"
#include "bench/support/peer_reader.h"
#include "bench/support/rig.h"
#include "bench/support/statistics.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

constexpr std::size_t bytes_per_write = 64;
constexpr std::size_t bytes_per_blocked_write = 16 * 1024;  // of which 4.5 KiB are taken at once

// What is compared: a contender, the same without a deadline, and the socket, on the same
// connection. Each kind has a number of writes that a batch has, and makes a batch of each of the
// three, in nanoseconds per write.

// The loops that make them, all on one stream.
template <class Contender, template <class Any> class Loop>
class loops {
 public:
  // @param arguments That each of them is made with.
  explicit loops(auto&&... arguments)
      : contender_(arguments...), untimed_(arguments...), raw_(arguments...) {}

  auto& contender() {
    contender_.set_deadlines(true);
    return contender_;
  }
  auto& untimed() {
    if constexpr (is_its_own_untimed) {
      contender_.set_deadlines(false);
      return contender_;
    } else {
      return untimed_;
    }
  }
  auto& raw() { return raw_; }

 private:
  static constexpr bool is_its_own_untimed = std::is_same_v<typename Contender::untimed, Contender>;
  struct none {
    explicit none(auto&&...) {}
  };

  Loop<Contender> contender_;
  [[no_unique_address]] std::conditional_t<is_its_own_untimed, none,
                                           Loop<typename Contender::untimed>>
      untimed_;
  Loop<contenders::plain_socket> raw_;
};

// Small writes, which never wait, by one of the loops.
template <class Contender, class Operation, class Executor,
          template <class, class, class> class Loop>
class small_writes {
 public:
  static constexpr std::size_t batch = writes_per_batch(bytes_per_write);

  explicit small_writes(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  double contender() {
    Contender::prepare(rig_.stream);
    const double time = measure(loops_.contender());
    Contender::undo(rig_.stream);
    return time;
  }
  double untimed() { return measure(loops_.untimed()); }
  double raw() { return measure(loops_.raw()); }

 private:
  using rig_type = rig<Contender, net::ip::tcp, Executor>;
  using stream_type = typename rig_type::stream_type;

  template <class AnyLoop>
  double measure(AnyLoop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    rig_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  template <class Any>
  using loop_of = Loop<Any, Operation, stream_type>;

  rig_type rig_;
  loops<Contender, loop_of> loops_{rig_.context, rig_.stream, rig_.data(), no_observer(),
                                   Contender::deadlines_come_up};
};

template <class Contender, class Operation, class Stream>
using by_callbacks = closed_loop<Contender, Operation, Stream>;

// Small writes by something that has an event loop of its own, on the descriptor of the socket.
template <class Writes>
class small_writes_by_hand {
 public:
  static constexpr std::size_t batch = writes_per_batch(bytes_per_write);

  explicit small_writes_by_hand(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, 0),
        writes_(rig_.peer.writing_descriptor(), rig_.bytes, background_deadlines_count) {}

  double contender() {
    writes_.set_deadlines(true);
    return measure(writes_);
  }
  double untimed() {
    writes_.set_deadlines(false);
    return measure(writes_);
  }
  double raw() { return measure(raw_); }

 private:
  using rig_type = rig<contenders::plain_socket, net::ip::tcp>;

  template <class Loop>
  double measure(Loop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    rig_.peer.drain(batch, bytes_per_write);
    return time.count() / static_cast<double>(batch);
  }

  rig_type rig_;
  Writes writes_;
  closed_loop<contenders::plain_socket, async_write_some, rig_type::stream_type> raw_{
      rig_.context, rig_.stream, rig_.data()};
};

// Writes that wait for the peer, which reads in the same thread.
template <class Contender, class Operation>
class blocked_writes {
 public:
  static constexpr std::size_t batch = 32;

  explicit blocked_writes(std::size_t background_deadlines_count)
      : others_(context_, background_deadlines_count), stream_(context_.get_executor()) {
    stream_.socket().assign(net::local::stream_protocol(), socket_.writing_descriptor());
  }

  double contender() {
    Contender::prepare(stream_);
    const double time = measure(loops_.contender());
    Contender::undo(stream_);
    return time;
  }
  double untimed() { return measure(loops_.untimed()); }
  double raw() { return measure(loops_.raw()); }

 private:
  using stream_type =
      typename Contender::template stream<net::local::stream_protocol, net::any_io_executor>;

  template <class Loop>
  double measure(Loop& loop) {
    const std::chrono::duration<double, std::nano> time = loop.run(batch);
    return time.count() / static_cast<double>(batch);
  }

  template <class Any>
  using loop_of = blocked_loop<Any, Operation, stream_type>;

  backend::io_context context_;
  typename Contender::background others_;
  std::vector<char> bytes_ = std::vector<char>(bytes_per_blocked_write, 'x');
  full_socket socket_;
  peer_reader reader_{context_, socket_};
  stream_type stream_;
  loops<Contender, loop_of> loops_{context_, stream_, socket_, reader_, net::buffer(bytes_)};
};

// One write of a hundred waits for a peer that never reads, and its deadline passes. The times are
// CPU times, as meanwhile the thread sleeps; without a deadline, all of the hundred are small ones.
template <class Contender>
class expiring_writes {
 public:
  static constexpr std::size_t batch = 100;

  explicit expiring_writes(std::size_t background_deadlines_count)
      : rig_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  double contender() {
    one_that_expires one(rig_.context);
    Contender::prepare(rig_.stream);
    auto& others = loops_.contender();
    const seconds before = cpu_time();
    one.start();
    others.run(batch - 1);
    one.run_until_it_has_expired();
    const seconds after = cpu_time();
    Contender::undo(rig_.stream);
    rig_.peer.drain(batch - 1, bytes_per_write);
    one.hold();
    return (after - before).count() * 1e9 / batch;
  }
  double untimed() { return measure(loops_.untimed()); }
  double raw() { return measure(loops_.raw()); }

 private:
  using rig_type = rig<Contender, net::ip::tcp>;

  class one_that_expires {
   public:
    explicit one_that_expires(backend::io_context& context)
        : context_(context), stream_(context.get_executor()) {
      stream_.socket().assign(net::local::stream_protocol(), socket_.writing_descriptor());
      socket_.fill();
    }

    void start() {
      began_ = clock::now();
      Contender::template start_expiring<async_write_some>(
          stream_, net::buffer(byte_), timeout, [this](error_code ec, std::size_t bytes) {
            ended_ = clock::now();
            has_ended_ = true;
            ec_ = ec;
            bytes_ = bytes;
          });
    }

    void run_until_it_has_expired() {
      while (!has_ended_) {
        context_.restart();
        if (context_.run_one() == 0) throw std::logic_error("a write has lost its deadline");
      }
      context_.restart();
      context_.poll();
    }

    void hold() {
      if (!Contender::is_timeout(ec_) || bytes_ != 0) {
        throw std::runtime_error("a write that was to expire ended with: " + ec_.message());
      }
      if (ended_ - began_ < timeout) throw std::runtime_error("a write expired early");
    }

   private:
    static constexpr std::chrono::milliseconds timeout{1};

    backend::io_context& context_;
    full_socket socket_;
    typename Contender::template stream<net::local::stream_protocol, net::any_io_executor> stream_;
    std::array<char, 1> byte_{};
    bool has_ended_ = false;
    error_code ec_;
    std::size_t bytes_ = 0;
    clock::time_point began_;
    clock::time_point ended_;
  };

  template <class Loop>
  double measure(Loop& loop) {
    const seconds before = cpu_time();
    loop.run(batch);
    const seconds after = cpu_time();
    rig_.peer.drain(batch, bytes_per_write);
    return (after - before).count() * 1e9 / batch;
  }

  template <class Any>
  using loop_of = closed_loop<Any, async_write_some, typename rig_type::stream_type>;

  rig_type rig_;
  loops<Contender, loop_of> loops_{rig_.context, rig_.stream, rig_.data(), no_observer(), true};
};

enum part : std::size_t { contender, untimed, raw };

template <class Compared>
void measure(benchmark::State& state, std::size_t background_deadlines_count) {
  Compared all(background_deadlines_count);
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
  constexpr std::size_t writes = 2 * order.size() * Compared::batch;
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

template <class Contender, class Operation>
void register_awaited(std::string_view name, std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here) {
    register_compared<small_writes<Contender, Operation, net::any_io_executor, coroutine_loop>>(
        name, background_deadlines_count, Contender::name);
  }
}

template <class Contender, class Operation>
void register_blocked(std::string_view name, std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here) {
    register_compared<blocked_writes<Contender, Operation>>(name, background_deadlines_count,
                                                            Contender::name);
  }
}

template <class Contender>
void register_expiring(std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here) {
    register_compared<expiring_writes<Contender>>("async_write_some_1_percent_expire",
                                                  background_deadlines_count, Contender::name);
  }
}

template <class Writes>
void register_by_hand(std::size_t background_deadlines_count) {
  register_compared<small_writes_by_hand<Writes>>(async_write_some::name,
                                                  background_deadlines_count, Writes::name);
}

template <class Operation>
void register_operation(const std::vector<std::size_t>& background_deadlines_counts) {
  for (const std::size_t count : background_deadlines_counts) {
    register_small<contenders::system_call, Operation>(count);
    register_small<contenders::plain_socket, Operation>(count);
    register_small<contenders::timed_never, Operation>(count);
    register_small<contenders::timed, Operation>(count);
    register_small<contenders::timed_idle_timeout, Operation>(count);
    register_small<contenders::timed_by_turns, Operation>(count);
    register_small<contenders::asio_cancel_after, Operation>(count);
    register_small<contenders::beast_never, Operation>(count);
    register_small<contenders::beast, Operation>(count);
  }
}

template <class Operation>
void register_coroutine(std::string_view name) {
  for (const std::size_t count : {0, 1'000}) {
    register_awaited<contenders::plain_socket, Operation>(name, count);
    register_awaited<contenders::timed_never, Operation>(name, count);
    register_awaited<contenders::timed, Operation>(name, count);
    register_awaited<contenders::timed_idle_timeout, Operation>(name, count);
    register_awaited<contenders::asio_cancel_after, Operation>(name, count);
    register_awaited<contenders::beast_never, Operation>(name, count);
    register_awaited<contenders::beast, Operation>(name, count);
  }
}

template <class Operation>
void register_partial(std::string_view name) {
  for (const std::size_t count : {0, 1'000}) {
    register_blocked<contenders::plain_socket, Operation>(name, count);
    register_blocked<contenders::timed_never, Operation>(name, count);
    register_blocked<contenders::timed, Operation>(name, count);
    register_blocked<contenders::timed_idle_timeout, Operation>(name, count);
    register_blocked<contenders::asio_cancel_after, Operation>(name, count);
    register_blocked<contenders::beast_never, Operation>(name, count);
    register_blocked<contenders::beast, Operation>(name, count);
  }
}

}  // namespace

void register_entries() {
  const std::vector<std::size_t> counts = {0, 1, 1'000, 100'000, 1'000'000};
  register_operation<async_write_some>(counts);
  for (const std::size_t count : counts) {
    if (backend::name() == "epoll") register_by_hand<contenders::libevent_writes>(count);
    // The kernel has a timer of its own for each; more than that no program would do.
    if (backend::name() == "io_uring_native" && count <= 1'000) {
      register_by_hand<contenders::liburing_writes>(count);
      register_by_hand<contenders::liburing_link_timeout_writes>(count);
    }
  }
  register_operation<async_write>({0, 1'000});
  register_coroutine<async_write_some>("co_await_async_write_some");
  register_coroutine<async_write>("co_await_async_write");
  register_partial<async_write_some>("partial_async_write_some");
  register_partial<async_write>("partial_async_write");
  for (const std::size_t count : {0, 1'000}) {
    register_expiring<contenders::timed>(count);
    register_expiring<contenders::timed_idle_timeout>(count);
    register_expiring<contenders::asio_cancel_after>(count);
    register_expiring<contenders::beast>(count);
  }
}

}  // namespace timed::bench
