// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_ECHO_SERVER_H
#define TIMED_BENCH_DRIVERS_ECHO_SERVER_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/operations.h"
#include "bench/drivers/silent_connections.h"
#include "bench/drivers/silent_sessions.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"

namespace timed::bench {

/// Writes back what arrives on each connection, written as in an application.
///
/// @tparam Contender The stream, and how an operation is started; one of bench/contenders.
template <class Contender>
class echo_server {
 public:
  static constexpr std::string_view name = Contender::name;
  static constexpr bool is_on_backend = true;

  explicit echo_server(std::vector<owned_descriptor> connections) {
    for (owned_descriptor& descriptor : connections) {
      sessions_.push_back(std::make_unique<session>(*this, descriptor.release()));
      sessions_.back()->read();
    }
  }

  /// Answers requests until the meter is complete.
  /// @throws std::runtime_error if an operation fails, as all do if the client dies.
  void serve(echo_meter& meter) {
    serve(meter, [this] { context_.stop(); });
  }

  /// The same, and reads from silent connections meanwhile, until all of them have ended.
  /// @return How they have ended.
  silent_outcome serve(echo_meter& meter, silent_connections silent)
    requires can_time_out<Contender>
  {
    bool is_complete = false;
    silent_sessions<Contender> others(context_, std::move(silent), [&] {
      if (is_complete) context_.stop();
    });
    serve(meter, [&] {
      is_complete = true;
      others.end_load();
      if (others.have_ended()) context_.stop();
    });
    return others.outcome();
  }

 private:
  void serve(echo_meter& meter, std::function<void()> on_complete) {
    meter_ = &meter;
    on_complete_ = std::move(on_complete);
    context_.restart();
    context_.run();
    if (failure_) throw std::runtime_error("a connection to the client: " + failure_.message());
  }

  using stream =
      typename Contender::template stream<net::ip::tcp, backend::io_context::executor_type>;

  struct session {
    session(echo_server& owner, int descriptor)
        : server(owner), stream(server.context_.get_executor()) {
      contenders::socket_of(stream).assign(net::ip::tcp::v4(), descriptor);
      Contender::prepare(stream);
    }

    void read() {
      Contender::set_deadline(stream);
      Contender::template start<async_read_some>(stream, net::buffer(memory),
                                                 [this](error_code failed, std::size_t bytes) {
                                                   if (failed) return server.fail(failed);
                                                   write(bytes);
                                                 });
    }

    void write(std::size_t bytes) {
      Contender::set_deadline(stream);
      Contender::template start<async_write>(stream, net::buffer(memory, bytes),
                                             [this](error_code failed, std::size_t written) {
                                               if (failed) return server.fail(failed);
                                               if (server.meter_->is_complete_after(written)) {
                                                 server.on_complete_();
                                               }
                                               read();
                                             });
    }

    echo_server& server;
    echo_server::stream stream;
    std::array<char, 1024> memory{};
  };

  void fail(error_code failure) {
    failure_ = failure;
    context_.stop();
  }

  typename Contender::context context_;
  std::vector<std::unique_ptr<session>> sessions_;
  echo_meter* meter_ = nullptr;
  std::function<void()> on_complete_;
  error_code failure_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ECHO_SERVER_H
