// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The operations of timeout_overhead that --quick leaves out.

#include "bench/suites/timeout_overhead_operations.h"

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "bench/contenders/operations.h"
#include "bench/drivers/blocked_loop.h"
#include "bench/drivers/coroutine_loop.h"
#include "bench/drivers/fixture.h"
#include "bench/drivers/full_socket.h"
#include "bench/drivers/peer_reader.h"
#include "bench/harness/cpu_time.h"
#include "bench/suites/timeout_overhead.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

constexpr std::size_t bytes_per_blocked_write = 16 * 1024;  // the socket takes 4.5 KiB at once

// Writes that wait for the peer to read, which happens in the same thread.
template <class Contender, class Operation>
class blocked_writes {
 public:
  static constexpr std::size_t batch = 32;

  explicit blocked_writes(std::size_t background_deadlines_count)
      : others_(context_, background_deadlines_count), stream_(context_.get_executor()) {
    contenders::socket_of(stream_).assign(net::local::stream_protocol(),
                                          socket_.writing_descriptor());
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

// One write in a hundred waits for a peer that never reads, until its deadline passes. The times
// are CPU times, as the thread sleeps until then. Without a deadline, all hundred are small writes.
template <class Contender>
class expiring_writes {
 public:
  static constexpr std::size_t batch = 100;

  explicit expiring_writes(std::size_t background_deadlines_count)
      : fixture_(net::ip::tcp::v4(), bytes_per_write, background_deadlines_count) {}

  double contender() {
    expiring_write one(fixture_.context);
    Contender::prepare(fixture_.stream);
    auto& others = loops_.contender();
    const seconds before = cpu_time();
    one.start();
    others.run(batch - 1);
    one.run_until_expired();
    const seconds after = cpu_time();
    Contender::undo(fixture_.stream);
    fixture_.peer.drain(batch - 1, bytes_per_write);
    one.expect_expired();
    return (after - before).count() * 1e9 / batch;
  }
  double untimed() { return measure(loops_.untimed()); }
  double raw() { return measure(loops_.raw()); }

 private:
  using fixture_type = fixture<Contender, net::ip::tcp>;

  class expiring_write {
   public:
    explicit expiring_write(backend::io_context& context)
        : context_(context), stream_(context.get_executor()) {
      contenders::socket_of(stream_).assign(net::local::stream_protocol(),
                                            socket_.writing_descriptor());
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

    void run_until_expired() {
      while (!has_ended_) {
        context_.restart();
        if (context_.run_one() == 0) throw std::logic_error("a write has lost its deadline");
      }
      context_.restart();
      context_.poll();
    }

    void expect_expired() {
      if (!Contender::is_timeout(ec_) || bytes_ != 0) {
        throw std::runtime_error("a write that should time out completed with: " + ec_.message());
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
    fixture_.peer.drain(batch, bytes_per_write);
    return (after - before).count() * 1e9 / batch;
  }

  template <class Any>
  using loop_of = closed_loop<Any, async_write_some, typename fixture_type::stream_type>;

  fixture_type fixture_;
  loops<Contender, loop_of> loops_{fixture_.context, fixture_.stream, fixture_.data(),
                                   no_observer(), true};
};

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

template <class Operation>
void register_coroutine(std::string_view name) {
  for (const std::size_t count : {0, 1'000}) {
    register_awaited<contenders::plain_socket, Operation>(name, count);
    register_awaited<contenders::timed_never, Operation>(name, count);
    register_awaited<contenders::timed, Operation>(name, count);
    register_awaited<contenders::timed_idle_timeout, Operation>(name, count);
    register_awaited<contenders::asio_cancel_after, Operation>(name, count);
    register_awaited<contenders::asio_lazy_timer, Operation>(name, count);
    register_awaited<contenders::asio_kept_timer, Operation>(name, count);
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
    register_blocked<contenders::asio_lazy_timer, Operation>(name, count);
    register_blocked<contenders::asio_kept_timer, Operation>(name, count);
    register_blocked<contenders::beast_never, Operation>(name, count);
    register_blocked<contenders::beast, Operation>(name, count);
  }
}

}  // namespace

void register_other_operations() {
  register_operation<async_write>({0, 1'000});
  register_coroutine<async_write_some>("co_await_async_write_some");
  register_coroutine<async_write>("co_await_async_write");
  register_partial<async_write_some>("partial_async_write_some");
  register_partial<async_write>("partial_async_write");
  for (const std::size_t count : {0, 1'000}) {
    register_expiring<contenders::timed>(count);
    register_expiring<contenders::timed_idle_timeout>(count);
    register_expiring<contenders::asio_cancel_after>(count);
    register_expiring<contenders::asio_lazy_timer>(count);
    register_expiring<contenders::asio_kept_timer>(count);
    register_expiring<contenders::beast>(count);
  }
}

}  // namespace timed::bench
