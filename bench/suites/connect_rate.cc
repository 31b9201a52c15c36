// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How many connections can be made, accepted and closed in a second? Client and server are in one
// context that one thread runs, one connection after the other, so all time is CPU time. Each
// connection has a new client stream, whose connect has a deadline, and a new server socket, which
// is the same for every contender. 1,000 other deadlines are pending on the context.
//
// Over Unix sockets, and over TCP loopback, where the client closes with a reset (SO_LINGER of 0),
// so that no port stays in TIME_WAIT: a few seconds of this would use up all ports.

#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/timed/timed.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

using executor = backend::io_context::executor_type;

// Returns the loopback address with any port, or an abstract Unix address unique to this process.
template <class Protocol>
typename Protocol::endpoint any_endpoint() {
  if constexpr (std::is_same_v<Protocol, net::ip::tcp>) {
    return {net::ip::address_v4::loopback(), 0};
  } else {
    // In sandboxes of their own, processes of the same number share these names.
    static const std::string process = std::to_string(std::random_device()());
    static int number = 0;
    return {std::string(1, '\0') + "timed_stream_bench_" + process + "_" +
            std::to_string(++number)};
  }
}

template <class Contender, class Protocol>
class connects {
 public:
  connects() : acceptor_(context_, any_endpoint<Protocol>()), server_(acceptor_.local_endpoint()) {}

  // Makes `count` connections, one after the other.
  // @return The time that took.
  std::chrono::duration<double> run(std::size_t count) {
    remaining_ = count;
    const auto began = std::chrono::steady_clock::now();
    net::post(context_, [this] { next(); });
    context_.restart();
    context_.run();
    const auto ended = std::chrono::steady_clock::now();
    if (failure_) throw std::runtime_error("a connection was not made: " + failure_.message());
    if (remaining_ != 0) throw std::logic_error("the context stopped before the last connection");
    return ended - began;
  }

 private:
  using stream_type = typename Contender::template stream<Protocol, executor>;
  using socket_type = contenders::plain_socket::stream<Protocol, executor>;

  void next() {
    outstanding_ = 2;
    accepted_.emplace(context_.get_executor());
    client_.emplace(context_.get_executor());
    acceptor_.async_accept(*accepted_, [this](error_code ec) { on_end(ec); });
    Contender::set_deadline(*client_);
    Contender::connect(*client_, server_, [this](error_code ec) { on_end(ec); });
  }

  void on_end(error_code ec) {
    if (ec && !failure_) {
      failure_ = ec;
      acceptor_.close();
      contenders::socket_of(*client_).close();
    }
    if (--outstanding_ != 0) return;
    if (failure_) return context_.stop();
    if constexpr (std::is_same_v<Protocol, net::ip::tcp>) {
      contenders::socket_of(*client_).set_option(net::socket_base::linger(true, 0));
    }
    contenders::socket_of(*client_).close();  // Asio's destructor would revert the option
    client_.reset();
    if (remaining_ == 1) expect_reset();
    accepted_.reset();
    if (--remaining_ == 0) return context_.stop();
    next();
  }

  // Checks that the connection leaves no port in TIME_WAIT.
  void expect_reset() {
    if constexpr (std::is_same_v<Protocol, net::ip::tcp>) {
      int seen = 0;
      socklen_t size = sizeof(seen);
      if (::getsockopt(accepted_->native_handle(), SOL_SOCKET, SO_ERROR, &seen, &size) != 0 ||
          seen != ECONNRESET) {
        throw std::runtime_error("a connection over TCP did not end with a reset");
      }
    }
  }

  backend::io_context context_;
  typename Contender::background others_{context_, 1'000};
  backend::basic_acceptor<Protocol, executor> acceptor_;
  const typename Protocol::endpoint server_;
  std::optional<socket_type> accepted_;
  std::optional<stream_type> client_;
  int outstanding_ = 0;
  std::size_t remaining_ = 0;
  error_code failure_;
};

template <class Contender, class Protocol>
void measure(benchmark::State& state) {
  constexpr std::size_t batch = 200;
  connects<Contender, Protocol> all;
  all.run(batch);  // caches and allocators get warm
  double wall_s = 0;
  double made = 0;
  const seconds cpu_before = cpu_time();
  while (state.KeepRunningBatch(batch)) {
    const double batch_s = all.run(batch).count();
    state.SetIterationTime(batch_s);
    wall_s += batch_s;
    made += batch;
  }
  const seconds cpu = cpu_time() - cpu_before;
  expect_backend();
  state.counters["connects_per_s"] = made / wall_s;
  state.counters["cpu_ns"] = cpu.count() * 1e9 / made;
}

template <class Contender>
void register_contender() {
  if constexpr (Contender::runs_here) {
    const std::string name(Contender::name);
    register_entry("connect_rate/unix/" + name, [](benchmark::State& state) {
      measure<Contender, net::local::stream_protocol>(state);
    });
    register_entry("connect_rate/tcp/" + name,
                   [](benchmark::State& state) { measure<Contender, net::ip::tcp>(state); });
  }
}

}  // namespace

void register_entries() {
  register_contender<contenders::plain_socket>();
  register_contender<contenders::timed>();
  register_contender<contenders::asio_cancel_after>();
  register_contender<contenders::beast>();
}

}  // namespace timed::bench
