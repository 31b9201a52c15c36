// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How many bytes per second does a connection transfer, written 16 KiB to 1 MiB at a time with
// `async_write`, with and without deadlines? The peer is another process, on another CPU, that
// reads and counts all bytes. A batch is more than the kernel's buffers hold, and its time
// ends when the peer has its last byte: so it includes waiting for room, and no byte counts that
// has not arrived.
//
// A contender, the same contender without a deadline, and the socket are compared side by side, as
// in timeout_overhead.

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/clients/byte_reader.h"
#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/libevent/writes.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/raw_liburing/writes.h"
#include "bench/contenders/send_and_poll.h"
#include "bench/contenders/timed/timed.h"
#include "bench/drivers/closed_loop.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/owned_descriptor.h"
#include "bench/harness/statistics.h"
#include "bench/suites/compared.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

// One protocol of Asio for both kinds of sockets, which halves the time to compile this file. A
// stream does the same with either: its protocol only matters for opening and connecting a socket.
using protocol = net::generic::stream_protocol;

constexpr std::size_t other_deadlines = 1'000;

// TCP's buffers grow to some 4 to 6 MiB.
constexpr std::size_t bytes_per_batch = 16 << 20;

struct kind_of_writes {
  byte_reader::socket socket;
  std::size_t bytes;

  protocol socket_protocol() const {
    return socket == byte_reader::socket::tcp ? protocol(AF_INET, IPPROTO_TCP)
                                              : protocol(AF_UNIX, 0);
  }
};

// The bytes, the process that reads them, and the time of a batch.
class transfer {
 public:
  explicit transfer(const kind_of_writes& kind)
      : reader_(kind.socket),
        bytes_(kind.bytes, 'x'),
        writes_(bytes_per_batch / kind.bytes),
        connection_(reader_.take_connection()) {}

  std::size_t writes() const { return writes_; }
  const std::vector<char>& bytes() const { return bytes_; }

  // @return The writing end, for the `assign` of a socket, which takes ownership.
  int take_descriptor() { return connection_.release(); }

  // Runs a batch.
  // @return Its time in nanoseconds per write, from the start of the first write until the peer has
  //     the last byte.
  double run(auto& loop) {
    reader_.begin(writes_ * bytes_.size());
    const seconds cpu_before = cpu_time();
    const clock::time_point began = clock::now();
    try {
      loop.run(writes_);
    } catch (const std::exception& failure) {
      throw std::runtime_error(failure.what() + ("; the reader: " + reader_.failure()));
    }
    cpu_ = cpu_time() - cpu_before;
    wall_ = reader_.await_end() - began;
    return wall_.count() * 1e9 / static_cast<double>(writes_);
  }

  // The same for the measured contender.
  double run_contender(auto& loop) {
    const double time_ns = run(loop);
    ++contender_batches_;
    contender_cpu_ += cpu_;
    contender_wall_ += wall_;
    return time_ns;
  }

  // @return CPU time of the contender, in nanoseconds per write.
  double cpu_ns() const {
    return contender_cpu_.count() * 1e9 / static_cast<double>(contender_batches_ * writes_);
  }

  // @return Part of the contender's time that this process was on its CPU.
  double busy() const { return contender_cpu_ / contender_wall_; }

 private:
  byte_reader reader_;  // forked before the context opens a ring
  const std::vector<char> bytes_;
  const std::size_t writes_;
  owned_descriptor connection_;
  seconds cpu_{};  // of the last batch
  seconds wall_{};
  std::size_t contender_batches_ = 0;
  seconds contender_cpu_{};
  seconds contender_wall_{};
};

// Writes by a contender on this program's backend.
template <class Contender>
class whole_writes {
 public:
  explicit whole_writes(const kind_of_writes& kind) : transfer_(kind) {
    contenders::socket_of(stream_).assign(kind.socket_protocol(), transfer_.take_descriptor());
  }

  const transfer& transferred() const { return transfer_; }

  double contender() {
    Contender::prepare(stream_);
    const double time = transfer_.run_contender(loops_.contender());
    Contender::undo(stream_);
    return time;
  }
  double untimed() { return transfer_.run(loops_.untimed()); }
  double raw() { return transfer_.run(loops_.raw()); }

 private:
  using stream_type = typename Contender::template stream<protocol, net::any_io_executor>;

  template <class Any>
  using loop_of = closed_loop<Any, async_write, stream_type>;

  transfer transfer_;
  typename Contender::context context_;
  typename Contender::background others_{context_, other_deadlines};
  stream_type stream_{context_.get_executor()};
  loops<Contender, loop_of> loops_{context_, stream_, net::buffer(transfer_.bytes()), no_observer(),
                                   true};
};

// Writes by a contender with its own event loop, on the descriptor of the socket.
template <class Writes>
class whole_writes_on_own_loop {
 public:
  explicit whole_writes_on_own_loop(const kind_of_writes& kind) : transfer_(kind) {
    socket_.assign(kind.socket_protocol(), descriptor_);
    if constexpr (requires { writes_.write_all(); }) writes_.write_all();
  }

  const transfer& transferred() const { return transfer_; }

  double contender() {
    writes_.set_deadlines(true);
    return transfer_.run_contender(writes_);
  }
  double untimed() {
    writes_.set_deadlines(false);
    return transfer_.run(writes_);
  }
  double raw() { return transfer_.run(raw_); }

 private:
  using socket_type = contenders::plain_socket::stream<protocol, net::any_io_executor>;

  transfer transfer_;
  const int descriptor_ = transfer_.take_descriptor();
  backend::io_context context_;
  socket_type socket_{context_.get_executor()};
  Writes writes_{descriptor_, transfer_.bytes(), other_deadlines};
  closed_loop<contenders::plain_socket, async_write, socket_type> raw_{
      context_, socket_, net::buffer(transfer_.bytes()), no_observer(), true};
};

// @return By how much longer `a` takes than `b`: the median of all comparisons, in percent.
double percent_over(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> percent = differences(a, b);
  for (std::size_t i = 0; i < percent.size(); ++i) percent[i] *= 100 / b[i];
  return median(percent);
}

template <class Compared>
void measure(benchmark::State& state, const kind_of_writes& kind) {
  Compared all(kind);
  const bool is_smoke = is_smoke_test();
  const compared_times times = compare_batches(state, all,
                                               {.writes = all.transferred().writes(),
                                                .warm_up = is_smoke ? std::size_t{1} : 2,
                                                .comparisons = is_smoke ? std::size_t{1} : 3});
  const double write_ns = median(times.contender_ns);
  state.counters["write_ns"] = write_ns;
  state.counters["gigabytes_per_s"] = static_cast<double>(kind.bytes) / write_ns;
  state.counters["over_untimed_percent"] = percent_over(times.contender_ns, times.untimed_ns);
  state.counters["over_raw_percent"] = percent_over(times.contender_ns, times.raw_ns);
  state.counters["comparisons"] = static_cast<double>(times.contender_ns.size());
  state.counters["writer_cpu_ns"] = all.transferred().cpu_ns();
  state.counters["writer_busy"] = all.transferred().busy();
}

template <class Compared>
void register_compared(const kind_of_writes& kind, std::string_view contender_name) {
  const std::string socket = kind.socket == byte_reader::socket::tcp ? "tcp" : "unix";
  register_entry(
      "throughput/" + socket + "/" + std::to_string(kind.bytes) + "/" + std::string(contender_name),
      [kind](benchmark::State& state) { measure<Compared>(state, kind); });
}

template <class Contender>
void register_contender(const kind_of_writes& kind) {
  if constexpr (Contender::runs_here) {
    register_compared<whole_writes<Contender>>(kind, Contender::name);
  }
}

template <class Writes>
void register_on_own_loop(const kind_of_writes& kind) {
  register_compared<whole_writes_on_own_loop<Writes>>(kind, Writes::name);
}

}  // namespace

void register_entries() {
  if (!can_have_a_process_beside()) return;
  for (const byte_reader::socket socket :
       {byte_reader::socket::tcp, byte_reader::socket::unix_stream}) {
    for (const std::size_t kibibytes : {16, 64, 256, 1024}) {
      const kind_of_writes kind{.socket = socket, .bytes = kibibytes * 1024};
      register_on_own_loop<contenders::send_and_poll>(kind);
      register_contender<contenders::plain_socket>(kind);
      register_contender<contenders::timed>(kind);
      register_contender<contenders::asio_cancel_after>(kind);
      register_contender<contenders::asio_lazy_timer>(kind);
      register_contender<contenders::asio_kept_timer>(kind);
      register_contender<contenders::beast>(kind);
      if (backend::name() == "epoll") register_on_own_loop<contenders::libevent_writes>(kind);
      if (backend::name() == "io_uring_native") {
        register_on_own_loop<contenders::raw_liburing_writes>(kind);
        register_on_own_loop<contenders::raw_liburing_link_timeout_writes>(kind);
      }
    }
  }
}

}  // namespace timed::bench
