// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_PING_PONG_H
#define TIMED_BENCH_DRIVERS_PING_PONG_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/contenders/operations.h"
#include "timed/backend.h"

namespace timed::bench {

/// Pairs of connected sockets in one context: on each, one end writes a message, the other one
/// answers, and so on. 1,000 other deadlines are pending on the context.
///
/// @tparam Contender The stream of each end, and how an operation is started; one of
///     bench/contenders that needs no preparation.
template <class Contender>
class ping_pong {
 public:
  static constexpr std::string_view name = Contender::name;
  static constexpr bool is_on_backend = true;
  static constexpr std::size_t message_bytes = 64;

  explicit ping_pong(std::size_t connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      clients_.push_back(std::make_unique<end>(*this));
      servers_.push_back(std::make_unique<end>(*this));
      backend::connect_pair(contenders::socket_of(clients_[i]->stream),
                            contenders::socket_of(servers_[i]->stream));
      servers_[i]->read_to_answer();
    }
  }

  /// Makes `round_trips` round trips, over all connections together.
  /// @return The time that took.
  /// @throws std::runtime_error if an operation fails or is partial.
  std::chrono::duration<double, std::nano> run(std::size_t round_trips) {
    const auto began = std::chrono::steady_clock::now();
    remaining_ = round_trips;
    outstanding_ = 0;
    for (const auto& client : clients_) client->ask();
    context_.restart();
    context_.run();
    if (failure_) throw std::runtime_error("a round trip failed: " + failure_.message());
    return std::chrono::steady_clock::now() - began;
  }

 private:
  struct end {
    explicit end(ping_pong& owner) : loop(owner), stream(owner.context_.get_executor()) {}

    void ask() {
      if (loop.remaining_ == 0) return loop.stop_if_idle();
      --loop.remaining_;
      ++loop.outstanding_;
      start<async_write_some>(net::buffer(memory), [this](error_code failed, std::size_t sent) {
        if (!loop.is_good(failed, sent)) return;
        start<async_read_some>(net::buffer(memory), [this](error_code ec, std::size_t bytes) {
          if (!loop.is_good(ec, bytes)) return;
          --loop.outstanding_;
          ask();
        });
      });
    }

    void read_to_answer() {
      start<async_read_some>(net::buffer(memory), [this](error_code failed, std::size_t got) {
        if (!loop.is_good(failed, got)) return;
        start<async_write_some>(net::buffer(memory), [this](error_code ec, std::size_t bytes) {
          if (loop.is_good(ec, bytes)) read_to_answer();
        });
      });
    }

    ping_pong& loop;
    template <class Operation>
    void start(auto buffer, auto handler) {
      Contender::set_deadline(stream);
      Contender::template start<Operation>(stream, buffer, std::move(handler));
    }

    typename Contender::template stream<net::local::stream_protocol,
                                        backend::io_context::executor_type>
        stream;
    std::array<char, message_bytes> memory{};
  };

  void stop_if_idle() {
    if (outstanding_ == 0) context_.stop();
  }

  bool is_good(error_code ec, std::size_t bytes) {
    if (!ec && bytes == message_bytes) [[likely]]
      return true;
    if (ec == net::error::operation_aborted) return false;  // on destruction
    failure_ = ec ? ec : error_code(net::error::message_size);
    context_.stop();
    return false;
  }

  typename Contender::context context_;
  typename Contender::background others_{context_, 1'000};
  std::vector<std::unique_ptr<end>> clients_;
  std::vector<std::unique_ptr<end>> servers_;
  std::size_t remaining_ = 0;
  std::size_t outstanding_ = 0;
  error_code failure_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_PING_PONG_H
