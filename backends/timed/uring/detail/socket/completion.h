// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_SOCKET_COMPLETION_H
#define TIMED_URING_DETAIL_SOCKET_COMPLETION_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <type_traits>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/completed.h"
#include "timed/detail/working_executor.h"
#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/io_context.h"

namespace timed::uring::detail {

/// @return Whether the executor would call handlers where the loop itself calls them.
template <class Executor>
bool is_executor_of_loop(const Executor& executor, const loop& where) noexcept {
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
  bool is_of_loop() const noexcept { return is_of_loop_; }

 private:
  io_executor(const Executor& executor, loop& where)
      : executor_(executor), loop_(&where), is_of_loop_(is_executor_of_loop(executor_, where)) {}

  Executor executor_;
  loop* loop_;
  bool is_of_loop_;
};

/// A handler that is called on another executor than the loop's, for which it counts work.
template <class Handler, class Executor>
class handler_elsewhere {
 public:
  /// The cancellation slot stays: another thread may be using it. A later emission has no effect.
  using has_lasting_slot = void;

  template <class H>
  handler_elsewhere(const Executor& executor, H&& handler)
      : work_(executor), handler_(std::forward<H>(handler)) {}

  template <class... Results>
  void operator()(Results... results) {
    net::dispatch(work_.get_executor(), timed::detail::completed<Handler, Results...>(
                                            std::move(handler_), std::move(results)...));
  }

  const Handler& handler() const noexcept { return handler_; }

 private:
  timed::detail::working_executor<Executor> work_;
  Handler handler_;
};

/// Calls `start` with the handler for another executor.
template <class Executor, class Handler, class Start>
[[gnu::noinline]] void start_elsewhere(const Executor& executor, Handler&& handler, Start start) {
  start(
      handler_elsewhere<std::decay_t<Handler>, Executor>(executor, std::forward<Handler>(handler)));
}

/// Calls `start` with what the loop is to call: the handler itself if its executor is the loop's,
/// otherwise a `handler_elsewhere`.
template <class Handler, class Executor, class Start>
TIMED_ALWAYS_INLINE inline void with_handler_for_loop(Handler&& handler,
                                                      const io_executor<Executor>& io,
                                                      Start start) {
  using associated = net::associated_executor<std::decay_t<Handler>, Executor>;
  if constexpr (requires { typename associated::asio_associated_executor_is_unspecialised; }) {
    if (!io.is_of_loop()) [[unlikely]] {
      return start_elsewhere(io.get(), std::forward<Handler>(handler), std::move(start));
    }
    start(std::forward<Handler>(handler));
  } else {
    const auto& executor = net::get_associated_executor(handler, io.get());
    if (!is_executor_of_loop(executor, io.where())) [[unlikely]] {
      return start_elsewhere(executor, std::forward<Handler>(handler), std::move(start));
    }
    start(std::forward<Handler>(handler));
  }
}

/// Clears the cancellation slot of a handler whose operation has completed.
template <class Handler>
void clear_slot(const Handler& handler) {
  if constexpr (!requires { typename Handler::has_lasting_slot; }) {
    auto slot = net::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.clear();
  }
}

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

/// What a socket's operation asks for, constructed before the operation.
template <class Kind>
struct kept_kind {
  Kind kind;
};

/// Makes a slot cancel an operation of a descriptor.
/// @return The operation's key.
template <class Slot>
const void* emplace_cancellation(Slot slot, descriptor& target) {
  return &slot.template emplace<cancel_by_slot>(target);
}

/// A socket's operation with the handler that it was started with, which the loop calls.
///
/// @tparam Kind What it asks for. It has `wanted()`, which returns a request and is called when the
///     object does not move any more, and `take_completer()`, which returns what is needed after
///     its memory is freed. That has `complete(result, call)`, which calls `call(results...)`, and
///     `discard(result)`, for a handler that is destroyed without being called.
template <class Kind, class Handler>
class socket_operation final : private kept_kind<Kind>, public io_operation {
 public:
  template <class H>
  socket_operation(Kind&& wanted_kind, H&& handler)
      : kept_kind<Kind>{std::move(wanted_kind)},
        io_operation(&socket_operation::run, this->kind.wanted()),
        handler_(std::forward<H>(handler)) {}

 private:
  static void run(operation* base, bool is_called) {
    auto& self = static_cast<socket_operation&>(*base);
    const int result = self.result();
    auto completer = self.kind.take_completer();
    Handler handler(std::move(self.handler_));
    free_operation(&self, net::get_associated_allocator(handler));
    if (!is_called) return completer.discard(result);
    clear_slot(handler);
    completer.complete(result, [&](auto... results) { std::move(handler)(std::move(results)...); });
  }

  Handler handler_;
};

/// Starts an operation of a socket with the handler that it is called with.
template <class Kind>
struct operation_start {
  Kind kind;
  descriptor* target;

  template <class Handler>
  TIMED_ALWAYS_INLINE void operator()(Handler&& handler) {
    using started = socket_operation<Kind, std::decay_t<Handler>>;
    const auto allocator = net::get_associated_allocator(handler);
    const auto slot = net::get_associated_cancellation_slot(handler);
    auto* const op =
        allocate_operation<started>(allocator, std::move(kind), std::forward<Handler>(handler));
    const void* key = nullptr;
    if (slot.is_connected()) {
      try {
        key = emplace_cancellation(slot, *target);
      } catch (...) {
        free_operation(op, allocator);
        throw;
      }
    }
    target->adopt(*op, key);
    target->owner().start(*op);
  }
};

/// A timer's wait with its handler, which the loop calls.
template <class Handler>
class timer_wait final : public wait_operation {
 public:
  explicit timer_wait(Handler handler)
      : wait_operation(&timer_wait::run), handler_(std::move(handler)) {}

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<timer_wait*>(base);
    const boost::system::error_code result = self->ec;
    Handler handler(std::move(self->handler_));
    free_operation(self, net::get_associated_allocator(handler));
    if (!is_called) return;
    clear_slot(handler);
    std::move(handler)(result);
  }

  Handler handler_;
};

}  // namespace timed::uring::detail

template <template <class, class> class Associator, class Handler, class Executor, class Default>
struct boost::asio::associator<Associator,
                               timed::uring::detail::handler_elsewhere<Handler, Executor>, Default>
    : Associator<Handler, Default> {
  static auto get(
      const timed::uring::detail::handler_elsewhere<Handler, Executor>& bound) noexcept {
    return Associator<Handler, Default>::get(bound.handler());
  }

  static auto get(const timed::uring::detail::handler_elsewhere<Handler, Executor>& bound,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(bound.handler(), fallback)) {
    return Associator<Handler, Default>::get(bound.handler(), fallback);
  }
};

#endif  // TIMED_URING_DETAIL_SOCKET_COMPLETION_H
