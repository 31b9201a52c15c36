// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_LAZY_TIMER_H
#define TIMED_BENCH_CONTENDERS_ASIO_LAZY_TIMER_H

#include <chrono>
#include <memory>
#include <string_view>

#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/asio/timer_contender.h"
#include "timed/backend.h"

namespace timed::bench::contenders {

/// A plain Asio socket and one timer, as in Asio's example `timeouts/async_tcp_client.cpp`: an
/// operation only stores its deadline. When the timer fires, it compares: if the deadline has
/// passed, it closes the socket; if there is a later one, it waits for that. It is armed again only
/// for a deadline that is earlier than its own, so it is never late.
///
/// There is one deadline at a time, for a read or for a write.
template <class Protocol, class Executor>
class lazy_timer_stream {
 public:
  using clock = std::chrono::steady_clock;

  explicit lazy_timer_stream(const Executor& executor)
      : state_(std::make_shared<state>(executor)) {}
  lazy_timer_stream(const lazy_timer_stream&) = delete;
  lazy_timer_stream& operator=(const lazy_timer_stream&) = delete;
  ~lazy_timer_stream() { state_->close(); }

  auto& socket() { return state_->socket; }

  [[gnu::always_inline]] void expires_at(clock::time_point deadline) {
    state_->deadline = deadline;
    if (deadline < state_->wakes_at) [[unlikely]]
      state_->wake_at(deadline);
  }
  [[gnu::always_inline]] void expires_after(clock::duration after) {
    expires_at(clock::now() + after);
  }
  void expires_never() { state_->deadline = never; }

 private:
  static constexpr clock::time_point never = clock::time_point::max();

  // Kept by the timer's handler, too, which may be in the context's queue when the stream ends.
  struct state : std::enable_shared_from_this<state> {
    explicit state(const Executor& executor) : socket(executor), timer(executor) {}

    void wake_at(clock::time_point when) {
      wakes_at = when;
      timer.expires_at(when);
      timer.async_wait([self = this->shared_from_this()](error_code ec) {
        if (!ec) self->on_wake();
      });
    }

    void on_wake() {
      wakes_at = never;
      if (deadline == never) return;
      if (deadline > clock::now()) return wake_at(deadline);
      close();
    }

    void close() {
      error_code ignored;
      socket.close(ignored);
      timer.cancel();
    }

    plain_socket::stream<Protocol, Executor> socket;
    backend::basic_timer<Executor> timer;
    clock::time_point deadline = never;
    clock::time_point wakes_at = never;  // never, if the timer does not wait
  };

  std::shared_ptr<state> state_;
};

/// A plain Asio socket with one timer that looks at a stored deadline when it fires.
struct asio_lazy_timer : timer_contender {
  static constexpr std::string_view name = "asio_lazy_timer";
  static constexpr bool wakes_queue = true;

  template <class Protocol, class Executor>
  using stream = lazy_timer_stream<Protocol, Executor>;

  using untimed = asio_lazy_timer;  // without `set_deadline`
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_ASIO_LAZY_TIMER_H
