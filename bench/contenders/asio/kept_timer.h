// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_KEPT_TIMER_H
#define TIMED_BENCH_CONTENDERS_ASIO_KEPT_TIMER_H

#include <chrono>
#include <memory>
#include <string_view>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/asio/timer_contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// A plain Asio socket and a timer that is kept with it: each operation arms the timer, its
/// completion cancels the wait, and a wait that ends closes the socket.
///
/// There is one deadline at a time, for a read or for a write.
template <class Protocol, class Executor>
class kept_timer_stream {
 public:
  using clock = std::chrono::steady_clock;

  explicit kept_timer_stream(const Executor& executor)
      : state_(std::make_shared<state>(executor)) {}
  kept_timer_stream(const kept_timer_stream&) = delete;
  kept_timer_stream& operator=(const kept_timer_stream&) = delete;
  ~kept_timer_stream() { state_->close(); }

  auto& socket() { return state_->socket; }

  void expires_at(clock::time_point deadline) {
    state_->timer.expires_at(deadline);
    state_->timer.async_wait([self = state_](error_code ec) {
      // The wait may have ended just before it was cancelled, or before a new deadline was set.
      if (!ec && self->timer.expiry() <= clock::now()) self->close();
    });
  }
  void expires_after(clock::duration after) { expires_at(clock::now() + after); }
  void expires_never() { state_->timer.expires_at(clock::time_point::max()); }

 private:
  // Kept by the timer's handler, too, which may be in the context's queue when the stream ends.
  struct state {
    explicit state(const Executor& executor) : socket(executor), timer(executor) {}

    void close() {
      error_code ignored;
      socket.close(ignored);
      timer.cancel();
    }

    plain_socket::stream<Protocol, Executor> socket;
    backend::basic_timer<Executor> timer;
  };

  std::shared_ptr<state> state_;
};

/// A plain Asio socket with a timer that is armed for each operation, and cancelled on completion.
struct asio_kept_timer : timer_contender {
  static constexpr std::string_view name = "asio_kept_timer";

  template <class Protocol, class Executor>
  using stream = kept_timer_stream<Protocol, Executor>;

  using untimed = asio_kept_timer;  // without `set_deadline`
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_KEPT_TIMER_H
