// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Timers on a `timed::uring::io_context`.

#ifndef TIMED_URING_BASIC_TIMER_H
#define TIMED_URING_BASIC_TIMER_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/loop/timer_queue.h"
#include "timed/uring/detail/socket/completion.h"
#include "timed/uring/io_context.h"

namespace timed::uring {

/// Tells Asio's templates that a timer belongs to a `timed::uring::io_context`.
struct wait_traits : net::wait_traits<std::chrono::steady_clock> {};

/// A timer of the steady clock, with the interface of `net::steady_timer`. It limits the time for
/// which its context waits in the kernel, and is as late as the kernel is.
///
/// It is one of Asio's waitable timers, so that Asio's templates accept it, such as
/// `net::cancel_after(timer, duration, token)`.
///
/// @code
/// timed::uring::steady_timer timer(context, std::chrono::seconds(1));
/// timer.async_wait([](timed::error_code ec) { ... });
/// @endcode
///
/// Each wait supports terminal, partial and total cancellation: it reports `operation_aborted`. As
/// Asio's timers it is not to be used concurrently.
template <class Executor = net::any_io_executor>
using basic_timer = net::basic_waitable_timer<std::chrono::steady_clock, wait_traits, Executor>;

/// A timer of the steady clock on any executor of a `timed::uring::io_context`.
using steady_timer = basic_timer<>;

}  // namespace timed::uring

/// @see timed::uring::basic_timer
template <class Executor>
class boost::asio::basic_waitable_timer<std::chrono::steady_clock, timed::uring::wait_traits,
                                        Executor> {
 public:
  using executor_type = Executor;
  using clock_type = std::chrono::steady_clock;
  using traits_type = timed::uring::wait_traits;
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;

  template <class OtherExecutor>
  struct rebind_executor {
    using other = timed::uring::basic_timer<OtherExecutor>;
  };

  /// @throws std::invalid_argument if the executor is not of a `timed::uring::io_context`.
  explicit basic_waitable_timer(const executor_type& executor)
      : executor_(executor), state_(std::make_shared<timed::uring::detail::timer_queue::timer>()) {}
  template <class Context>
    requires(std::derived_from<Context, execution_context> &&
             std::constructible_from<Executor, timed::uring::io_context::executor_type>)
  explicit basic_waitable_timer(Context& context)
      : basic_waitable_timer(timed::uring::detail::make_executor<executor_type>(context)) {}
  template <class ExecutorOrContext>
    requires std::constructible_from<basic_waitable_timer, ExecutorOrContext&>
  basic_waitable_timer(ExecutorOrContext&& on, const time_point& expiry)
      : basic_waitable_timer(on) {
    expiry_ = expiry;
  }
  template <class ExecutorOrContext>
    requires std::constructible_from<basic_waitable_timer, ExecutorOrContext&>
  basic_waitable_timer(ExecutorOrContext&& on, const duration& expiry)
      : basic_waitable_timer(on, timed::uring::detail::from_now(expiry)) {}

  basic_waitable_timer(basic_waitable_timer&& other) noexcept
      : executor_(other.executor_), state_(std::move(other.state_)), expiry_(other.expiry_) {}
  basic_waitable_timer& operator=(basic_waitable_timer&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    executor_ = other.executor_;
    state_ = std::move(other.state_);
    expiry_ = other.expiry_;
    return *this;
  }
  /// From one with another type of executor.
  template <class OtherExecutor>
    requires(!std::same_as<OtherExecutor, Executor> &&
             std::constructible_from<Executor, OtherExecutor>)
  basic_waitable_timer(timed::uring::basic_timer<OtherExecutor>&& other)
      : executor_(other.executor_), state_(std::move(other.state_)), expiry_(other.expiry_) {}
  template <class OtherExecutor>
    requires std::constructible_from<Executor, OtherExecutor>
  basic_waitable_timer& operator=(timed::uring::basic_timer<OtherExecutor>&& other) {
    return *this = basic_waitable_timer(std::move(other));
  }
  ~basic_waitable_timer() { cancel(); }

  executor_type get_executor() const noexcept { return executor_.get(); }

  /// Cancels all waits; they report `operation_aborted`.
  /// @return Number of waits cancelled.
  std::size_t cancel() { return state_ ? executor_.where().cancel_waits(*state_) : 0; }

  /// Cancels the wait that was started first; it reports `operation_aborted`.
  /// @return Number of waits cancelled: one or none.
  std::size_t cancel_one() { return state_ ? executor_.where().cancel_first_wait(*state_) : 0; }

  time_point expiry() const { return expiry_; }
  /// Sets the expiry, and cancels all waits; they report `operation_aborted`.
  std::size_t expires_at(const time_point& expiry) {
    const std::size_t count = cancel();
    expiry_ = expiry;
    return count;
  }
  std::size_t expires_after(const duration& expiry) {
    return expires_at(timed::uring::detail::from_now(expiry));
  }

  /// Blocks until it expires.
  void wait() { std::this_thread::sleep_until(expiry_); }
  void wait(boost::system::error_code& ec) {
    ec = {};
    wait();
  }

  /// Waits until it expires.
  /// @param token A completion token with the signature `void(error_code)`.
  /// @par Cancellation
  /// Terminal, partial and total: `operation_aborted`.
  template <completion_token_for<void(boost::system::error_code)> Token =
                default_completion_token_t<executor_type>>
  auto async_wait(Token&& token = default_completion_token_t<executor_type>()) {
    return async_initiate<Token, void(boost::system::error_code)>(wait_initiation(*this), token);
  }

 private:
  template <class, class, class>
  friend class basic_waitable_timer;

  using state_type = timed::uring::detail::timer_queue::timer;

  class wait_initiation {
   public:
    using executor_type = Executor;

    explicit wait_initiation(basic_waitable_timer& timer) : timer_(&timer) {}
    executor_type get_executor() const noexcept { return timer_->get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const {
      timed::uring::detail::with_handler_for_loop(
          std::forward<Handler>(handler), timer_->executor_, [this](auto&& called) {
            timer_->start(std::decay_t<decltype(called)>(std::forward<decltype(called)>(called)));
          });
    }

   private:
    basic_waitable_timer* timer_;
  };

  class cancel_by_slot {
   public:
    cancel_by_slot(timed::uring::detail::loop& owner, std::shared_ptr<state_type> timer) noexcept
        : owner_(owner), timer_(std::move(timer)) {}
    void operator()(cancellation_type_t type) {
      if (type != cancellation_type::none) owner_.cancel_wait(*timer_, this);
    }

   private:
    timed::uring::detail::loop& owner_;
    std::shared_ptr<state_type> timer_;
  };

  template <class Handler>
  void start(Handler handler) {
    if (!state_) state_ = std::make_shared<state_type>();
    using operation_type = timed::uring::detail::timer_wait<Handler>;
    const auto allocator = get_associated_allocator(handler);
    auto slot = get_associated_cancellation_slot(handler);
    auto* const op =
        timed::uring::detail::allocate_operation<operation_type>(allocator, std::move(handler));
    try {
      if (slot.is_connected())
        op->key = &slot.template emplace<cancel_by_slot>(executor_.where(), state_);
      executor_.where().add_wait(*state_, expiry_, *op);
    } catch (...) {
      timed::uring::detail::free_operation(op, allocator);
      throw;
    }
  }

  timed::uring::detail::io_executor<executor_type> executor_;
  std::shared_ptr<state_type> state_;
  time_point expiry_{};
};
#endif  // TIMED_URING_BASIC_TIMER_H
