// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The server of a load test: an echo server on the backend of this program, with a port for good
// peers and one for strangers, who have less time.

#include "tests/load/server.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "backends/active.h"
#include "tests/load/run.h"
#include "tests/load/session.h"
#include "tests/load/stream_kinds.h"
#include "timed/backend.h"

namespace timed::tests::load {
namespace {

// Accepts connections until it is closed.
template <class Kind>
class listener {
 public:
  listener(backend::io_context& context, const limits& given, server_state& state)
      : acceptor_(context, tcp::endpoint(net::ip::address_v4::loopback(), 0)),
        limits_(given),
        state_(state) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void close() { acceptor_.close(); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code ec, auto socket) {
      if (ec == net::error::operation_aborted) return;
      if (!ec) {
        error_code reset;  // a connection that is gone already: its first read tells
        socket.set_option(tcp::no_delay(true), reset);
        std::make_shared<session<Kind>>(std::move(socket), limits_, state_)->read();
      } else if (ec != net::error::connection_aborted) {
        throw std::runtime_error("it cannot accept: " + ec.message());
      }
      accept();
    });
  }

  backend::basic_acceptor<tcp, executor> acceptor_;
  const limits& limits_;
  server_state& state_;
};

// A timer of the context that goes off again and again: it shows whether timers starve.
class heartbeat {
 public:
  heartbeat(backend::io_context& context, server_state& state) : timer_(context), state_(state) {}

  // Calls `on_stop` when the server has to stop.
  template <class OnStop>
  void wait(OnStop on_stop) {
    const time_point due = clock::now() + std::chrono::milliseconds(20);
    timer_.expires_at(due);
    timer_.async_wait([this, due, on_stop](error_code) {
      state_.timer_late.record(clock::now() - due);
      if (state_.has_to_stop) return on_stop();
      wait(on_stop);
    });
  }

 private:
  backend::basic_timer<executor> timer_;
  server_state& state_;
};

template <class Kind>
void serve_by(const options& chosen, server_state& state) {
  backend::io_context context;
  if (const std::string active = backend::active(); active != backend::name()) {
    throw std::runtime_error("it runs on another backend: " + active);
  }
  listener<Kind> for_good(context, chosen.of_good, state);
  listener<Kind> for_strangers(context, chosen.of_strangers, state);
  heartbeat beats(context, state);
  beats.wait([&] {
    for_good.close();
    for_strangers.close();
  });
  state.port_of_good = for_good.port();
  state.port_of_strangers = for_strangers.port();
  state.is_listening = true;
  context.run();
}

constexpr bool can_use_beast = backend::name() != "io_uring_native";

void serve(const options& chosen, server_state& state) {
  if (!chosen.uses_beast) return serve_by<timed_kind>(chosen, state);
  if constexpr (can_use_beast) serve_by<beast_kind>(chosen, state);
}

}  // namespace
}  // namespace timed::tests::load

int main(int argc, char** argv) {
  using namespace timed;
  return tests::load::run(argc, argv,
                          {.backend = backend::name(),
                           .can_use_beast = tests::load::can_use_beast,
                           .unavailable_reason = backend::unavailable_reason,
                           .serve = tests::load::serve});
}
