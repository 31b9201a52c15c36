// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_SOCKET_COMPLETION_H
#define TIMED_URING_DETAIL_SOCKET_COMPLETION_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/detail/completed.h"
#include "timed/detail/working_executor.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/io_context.h"

namespace timed::uring::detail {

/// @return Whether the executor would call handlers where the loop itself calls them.
template <class Executor>
bool is_loops_executor(const Executor& executor, const loop& where) noexcept {
  if constexpr (std::is_same_v<Executor, io_context::executor_type>) {
    return &executor_access::loop_of(executor) == &where;
  } else if constexpr (std::is_same_v<Executor, net::any_io_executor>) {
    const auto* const target = executor.template target<io_context::executor_type>();
    return target != nullptr && &executor_access::loop_of(*target) == &where;
  } else {
    return false;
  }
}

/// The I/O executor of a socket or timer, and its loop.
template <class Executor>
class io_executor {
 public:
  /// @throws std::invalid_argument if it is of another context than a `timed::uring::io_context`.
  explicit io_executor(const Executor& executor) : io_executor(executor, loop::of(executor)) {}
  /// The same one as another type of executor.
  template <class Other>
  explicit io_executor(const io_executor<Other>& other)
      : io_executor(Executor(other.get()), other.where()) {}

  const Executor& get() const noexcept { return executor_; }
  loop& where() const noexcept { return *loop_; }
  /// Whether it calls handlers where the loop itself calls them.
  bool is_loops() const noexcept { return is_loops_; }

 private:
  io_executor(const Executor& executor, loop& where)
      : executor_(executor), loop_(&where), is_loops_(is_loops_executor(executor_, where)) {}

  Executor executor_;
  loop* loop_;
  bool is_loops_;
};

/// Calls an operation's handler: by the loop itself, or on another executor, for which it counts
/// work.
template <class Handler, class Executor>
class handler_work {
  using associated = net::associated_executor<Handler, Executor>;

 public:
  handler_work(const Handler& handler, const io_executor<Executor>& io) {
    if constexpr (requires { typename associated::asio_associated_executor_is_unspecialised; }) {
      if (!io.is_loops()) [[unlikely]]
        elsewhere_.emplace(io.get());
    } else {
      const auto& executor = net::get_associated_executor(handler, io.get());
      if (!is_loops_executor(executor, io.where())) elsewhere_.emplace(executor);
    }
  }

  /// Clears the cancellation slot, as the operation has completed. With a handler on another
  /// executor, or with `has_lasting_slot`, another thread may be using the slot: then it stays, and
  /// a later emission has no effect.
  void clear_slot(const Handler& handler) const {
    if constexpr (!requires { typename Handler::has_lasting_slot; }) {
      if (elsewhere_) return;
      auto slot = net::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
    }
  }

  template <class... Results>
  void complete(Handler& handler, Results... results) {
    if (!elsewhere_) {
      std::move(handler)(std::move(results)...);
    } else {
      net::dispatch(elsewhere_->get_executor(), timed::detail::completed<Handler, Results...>(
                                                    std::move(handler), std::move(results)...));
    }
  }

 private:
  std::optional<timed::detail::working_executor<typename associated::type>> elsewhere_;
};

/// Called by a cancellation slot. Cancels one operation of a descriptor.
class cancel_by_slot {
 public:
  explicit cancel_by_slot(descriptor& target) noexcept : target_(target) {}

  void operator()(net::cancellation_type_t type) {
    using net::cancellation_type;
    const auto any =
        cancellation_type::terminal | cancellation_type::partial | cancellation_type::total;
    if ((type & any) != cancellation_type::none) target_->cancel_one(this);
  }

 private:
  weak_descriptor_ref target_;
};

/// A socket's operation with the handler that it was started with.
///
/// @tparam Kind What it asks for. It has `wanted()`, which returns a request and is called when the
///     object does not move any more, and `rest()`, which returns what is needed after its memory
///     is freed. That has `complete(result, call)`, which calls `call(results...)`, and
///     `discard(result)`, for a handler that is destroyed without being called.
template <class Kind, class Handler, class Executor>
class socket_operation final : public io_operation {
 public:
  template <class H>
  socket_operation(Kind&& kind, H&& handler, const io_executor<Executor>& io)
      : io_operation(&socket_operation::run, request()),
        kind_(std::move(kind)),
        handler_(std::forward<H>(handler)),
        work_(handler_, io) {
    wanted() = kind_.wanted();
  }

  /// Starts it.
  template <class H>
  static void start(Kind&& kind, H&& handler, const io_executor<Executor>& io,
                    descriptor& target) {
    const auto allocator = net::get_associated_allocator(handler);
    auto slot = net::get_associated_cancellation_slot(handler);
    auto* const op = allocate_operation<socket_operation>(
        allocator, std::move(kind), std::forward<H>(handler), io);
    const void* key = nullptr;
    if (slot.is_connected()) {
      try {
        key = &slot.template emplace<cancel_by_slot>(target);
      } catch (...) {
        free_operation(op, allocator);
        throw;
      }
    }
    target.start(*op, key);
  }

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<socket_operation*>(base);
    const int result = self->result();
    auto rest = self->kind_.rest();
    auto work(std::move(self->work_));
    Handler handler(std::move(self->handler_));
    free_operation(self, net::get_associated_allocator(handler));
    if (!is_called) return rest.discard(result);
    work.clear_slot(handler);
    rest.complete(result, [&](auto... results) { work.complete(handler, std::move(results)...); });
  }

  Kind kind_;
  Handler handler_;
  handler_work<Handler, Executor> work_;
};

/// A timer's wait with its handler.
template <class Handler, class Executor>
class timer_wait final : public wait_operation {
 public:
  timer_wait(Handler handler, const io_executor<Executor>& io)
      : wait_operation(&timer_wait::run), handler_(std::move(handler)), work_(handler_, io) {}

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<timer_wait*>(base);
    const boost::system::error_code result = self->ec;
    auto work(std::move(self->work_));
    Handler handler(std::move(self->handler_));
    free_operation(self, net::get_associated_allocator(handler));
    if (!is_called) return;
    work.clear_slot(handler);
    work.complete(handler, result);
  }

  Handler handler_;
  handler_work<Handler, Executor> work_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_SOCKET_COMPLETION_H
