// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How much memory does an idle connection take, with an outstanding read that has a deadline?
// Counted per connection are the heap of this process (the stream, a buffer of one byte, the
// operation, its handler, and the event loop's state for them) and the resident set. Neither
// includes the kernel's own memory, some kilobytes for each socket.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/clients/idle_peers.h"
#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/libevent/base.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/never.h"
#include "bench/contenders/timed/timed.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "timed/backend.h"
#include "tools/counting/heap.h"

namespace timed::bench {
namespace {

using stream_protocol = net::local::stream_protocol;

// State shared by all connections.
struct reads {
  std::size_t ended = 0;
  std::string failure;
};

// Connections on one context of the backend.
template <class Contender>
class on_backend {
 public:
  static constexpr std::string_view name = Contender::name;

  explicit on_backend(std::size_t connections) { sessions_.reserve(connections); }

  void add(int descriptor) {
    sessions_.push_back(std::make_unique<session>(*this, descriptor));
    sessions_.back()->read();
  }

  // Submits outstanding operations to the kernel.
  void settle() {
    context_.restart();  // it has stopped if it had no outstanding work
    context_.poll();
  }

  void run_until_all_have_read() {
    context_.restart();
    while (seen_.ended < sessions_.size() && seen_.failure.empty()) {
      if (context_.run_one() == 0) throw std::runtime_error("a read was lost");
    }
    expect_backend();
  }

  const reads& seen() const { return seen_; }

 private:
  struct session {
    session(on_backend& owner, int descriptor)
        : connections(owner), stream(connections.context_.get_executor()) {
      contenders::socket_of(stream).assign(stream_protocol(), descriptor);
      Contender::prepare(stream);
    }

    void read() {
      Contender::set_deadline(stream);
      Contender::template start<async_read_some>(
          stream, net::buffer(memory), [this](error_code ec, std::size_t bytes) {
            ++connections.seen_.ended;
            if (ec || bytes != 1) connections.seen_.failure = "a read ended with: " + ec.message();
          });
    }

    on_backend& connections;
    typename Contender::template stream<stream_protocol, backend::io_context::executor_type> stream;
    std::array<char, 1> memory{};
  };

  backend::io_context context_;
  std::vector<std::unique_ptr<session>> sessions_;
  reads seen_;
};

// Connections on a libevent event loop.
class on_libevent {
 public:
  static constexpr std::string_view name = "libevent";

  explicit on_libevent(std::size_t connections) : base_(contenders::make_libevent_base()) {
    streams_.reserve(connections);
  }

  void add(int descriptor) {
    using namespace contenders;
    throw_if_libevent_failed(::evutil_make_socket_nonblocking(descriptor), "O_NONBLOCK");
    streams_.emplace_back(
        throw_if_null(::bufferevent_socket_new(base_.get(), descriptor, BEV_OPT_CLOSE_ON_FREE)));
    ::bufferevent* const stream = streams_.back().get();
    ::bufferevent_setcb(
        stream,
        [](::bufferevent* readable, void* self) {
          static_cast<on_libevent*>(self)->on_read(readable);
        },
        nullptr,
        [](::bufferevent*, short, void* self) { static_cast<on_libevent*>(self)->on_event(); },
        this);
    throw_if_libevent_failed(
        ::bufferevent_set_timeouts(stream, libevent_timeout(base_.get()), nullptr),
        "bufferevent_set_timeouts");
    throw_if_libevent_failed(::bufferevent_enable(stream, EV_READ), "bufferevent_enable");
  }

  void settle() { ::event_base_loop(base_.get(), EVLOOP_NONBLOCK); }

  void run_until_all_have_read() {
    while (seen_.ended < streams_.size() && seen_.failure.empty()) {
      if (::event_base_loop(base_.get(), EVLOOP_ONCE) != 0) {
        throw std::runtime_error("a read was lost");
      }
    }
  }

  const reads& seen() const { return seen_; }

 private:
  void on_read(::bufferevent* readable) {
    std::array<char, 2> bytes{};
    ++seen_.ended;
    if (::bufferevent_read(readable, bytes.data(), bytes.size()) != 1) on_event();
  }
  void on_event() { seen_.failure = "a bufferevent's read has failed"; }

  contenders::owned_event_base base_;
  std::vector<contenders::owned_bufferevent> streams_;
  reads seen_;
};

// Returns the resident set. /proc/self/smaps_rollup is exact; the counters in other files are kept
// per CPU on many kernels and lag by some hundred kilobytes.
double resident_bytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  double kilobytes = 0;
  for (std::string word; file >> word;) {
    if (word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("/proc/self/smaps_rollup does not say what is resident, see proc(5)");
}

template <class Connections>
void measure(benchmark::State& state, std::size_t count) {
  constexpr std::size_t others = 100;  // other descriptors of this process
  const std::size_t limit = raise_descriptor_limit();
  if (count + others > limit) {
    throw std::runtime_error("it needs " + std::to_string(count + others) +
                             " descriptors, but the limit of this process is " +
                             std::to_string(limit) + ": raise its hard limit (ulimit -Hn)");
  }
  while (state.KeepRunning()) {
    idle_peers peers(count);
    std::vector<owned_descriptor> descriptors = peers.take_connections();
    Connections connections(count);
    connections.settle();
    ::malloc_trim(0);
    const counting::heap_counts before = counting::count_heap();
    const double resident_before = resident_bytes();
    const auto began = std::chrono::steady_clock::now();
    for (owned_descriptor& descriptor : descriptors) connections.add(descriptor.release());
    connections.settle();
    const std::chrono::duration<double> made_within = std::chrono::steady_clock::now() - began;
    const counting::heap_counts after = counting::count_heap();
    const double resident = resident_bytes() - resident_before;
    if (connections.seen().ended != 0) throw std::runtime_error("a read ended by itself");
    // Check that all reads were outstanding.
    peers.write_one_byte_each();
    connections.run_until_all_have_read();
    if (!connections.seen().failure.empty()) throw std::runtime_error(connections.seen().failure);

    state.SetIterationTime(made_within.count());
    const auto number = static_cast<double>(count);
    state.counters["heap_bytes"] = static_cast<double>(after.bytes - before.bytes) / number;
    state.counters["heap_blocks"] = static_cast<double>(after.blocks - before.blocks) / number;
    state.counters["allocations"] =
        static_cast<double>(after.allocations - before.allocations) / number;
    state.counters["resident_bytes"] = resident / number;
  }
}

template <class Connections>
void register_contender(std::size_t count) {
  register_entry("memory/" + std::to_string(count) + "/" + std::string(Connections::name),
                 [count](benchmark::State& state) { measure<Connections>(state, count); })
      ->Iterations(1);
}

}  // namespace

void register_entries() {
  for (const std::size_t count : {1'000, 10'000}) {
    register_contender<on_backend<contenders::plain_socket>>(count);
    register_contender<on_backend<contenders::timed_never>>(count);
    register_contender<on_backend<contenders::timed>>(count);
    register_contender<on_backend<contenders::timed_idle_timeout>>(count);
    if constexpr (contenders::beast::runs_here) {
      register_contender<on_backend<contenders::asio_cancel_after>>(count);
      register_contender<on_backend<contenders::asio_lazy_timer>>(count);
      register_contender<on_backend<contenders::asio_kept_timer>>(count);
      register_contender<on_backend<contenders::beast>>(count);
    }
    if (backend::name() == "epoll") register_contender<on_libevent>(count);
  }
}

}  // namespace timed::bench
