// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_REQUEST_SERVER_H
#define TIMED_BENCH_DRIVERS_REQUEST_SERVER_H

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/contenders/contender.h"
#include "bench/drivers/any_server.h"
#include "bench/drivers/silent_connections.h"
#include "bench/drivers/silent_sessions.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"

namespace timed::bench {

/// Answers requests on each connection, written as in an application.
///
/// @tparam Contender The stream, and how an operation is started; one of bench/contenders.
/// @tparam Session What one connection does: starts to read when constructed, tells the server each
/// answer, and the first failure.
template <class Contender, template <class, class> class Session>
class request_server {
 public:
  static constexpr std::string_view name = Contender::name;
  static constexpr bool is_on_backend = true;

  explicit request_server(std::vector<owned_descriptor> connections) {
    for (owned_descriptor& descriptor : connections) {
      sessions_.push_back(
          std::make_unique<session>(*this, context_.get_executor(), descriptor.release()));
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

  /// Called by a session that has echoed so many bytes.
  void add_echoed(std::size_t bytes) {
    if (meter_->is_complete_after(bytes)) on_complete_();
  }

  /// Called by a session that has written one answer of another size.
  void add_answer() { add_echoed(echo_bytes); }

  /// Called by a session whose operation has failed.
  void fail(error_code failure) {
    failure_ = failure;
    context_.stop();
  }

 private:
  using session = Session<Contender, request_server>;

  void serve(echo_meter& meter, std::function<void()> on_complete) {
    meter_ = &meter;
    on_complete_ = std::move(on_complete);
    context_.restart();
    context_.run();
    if (failure_) throw std::runtime_error("a connection to the client: " + failure_.message());
  }

  typename Contender::context context_;
  std::vector<std::unique_ptr<session>> sessions_;
  echo_meter* meter_ = nullptr;
  std::function<void()> on_complete_;
  error_code failure_;
};

template <class Contender, template <class, class> class Session>
void add_if_it_runs_here(std::vector<server_contender>& all) {
  if constexpr (Contender::runs_here) {
    all.push_back(contender_with<request_server<Contender, Session>>());
  }
}

/// For sessions that have timers of Asio's, as those of TLS and WebSocket do: on a native context
/// these make a second event loop.
inline void allow_asio_timers(std::vector<server_contender>& all) {
  if (backend::name() != "io_uring_native") return;
  for (server_contender& contender : all) contender.is_on_backend = false;
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_REQUEST_SERVER_H
