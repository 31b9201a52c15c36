// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// An execution context for Boost.Asio whose event loop is an io_uring.

#ifndef TIMED_URING_IO_CONTEXT_H
#define TIMED_URING_IO_CONTEXT_H

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/loop/own_services.h"
#include "timed/uring/detail/operation/recycled_memory.h"
#include "timed/uring/options.h"
#include "timed/uring/ring_statistics.h"

namespace timed::uring {

namespace net = boost::asio;

namespace detail {

struct executor_access;

/// A function that was submitted to an executor.
template <class Function, class Allocator>
class function_operation final : public operation {
 public:
  template <class F>
  function_operation(F&& function, const Allocator& from)
      : operation(&function_operation::run),
        function_(std::forward<F>(function)),
        allocator_(from) {}

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<function_operation*>(base);
    Function function(std::move(self->function_));
    const Allocator allocator(self->allocator_);
    free_operation(self, allocator);
    if (is_called) std::move(function)();
  }

  Function function_;
  [[no_unique_address]] Allocator allocator_;
};

/// @return The executor of the context that a socket or timer is constructed with. Asio's context
///     is refused at compile time; `loop::of` refuses it behind an `any_io_executor`.
template <class Executor, class Context>
Executor make_executor(Context& context) {
  static_assert(!std::derived_from<Context, net::io_context>,
                "Asio's io_context does not run the streams, sockets and timers of timed::uring. "
                "With the backend io_uring_native use a timed::backend::io_context, otherwise a "
                "timed::uring::io_context");
  return Executor(context.get_executor());
}

}  // namespace detail

/// An execution context like `net::io_context` whose event loop is an io_uring.
///
/// One thread at a time runs it, by one of the `run` functions. A second thread is refused. To use
/// several cores, use several contexts. Operations may be started, and handlers posted, on any
/// thread. On the thread that runs the context, posting takes no lock and no system call, and
/// starting a read or write no lock and in most cases at most one system call.
///
/// When another thread runs it later, a new ring is set up there, and what is outstanding is
/// started again: correct, but slow.
///
/// It defines none of Asio's macros, and can be used together with `net::io_context` in one
/// program. Its sockets, acceptors and timers are those of `timed::uring`. Asio's work on it too,
/// but in a thread that Asio starts for them, which passes each handler on to this context.
/// Resolvers have such a thread on each context.
///
/// @code
/// timed::uring::io_context context({.busy_poll = std::chrono::microseconds(50)});
/// timed::uring::tcp_stream stream(context);
/// ...
/// context.run();
/// @endcode
///
/// @par Thread safety
/// As `net::io_context`: all but construction, destruction and `restart()`.
class io_context : public net::execution_context {
  template <class Allocator, unsigned Bits>
  class basic_executor;

 public:
  /// The type of its executors, with the properties of `net::io_context::executor_type`.
  using executor_type = basic_executor<std::allocator<void>, 0>;
  using count_type = std::size_t;  ///< A number of handlers.

  class strand;

  /// Sets up an io_uring.
  /// @throws boost::system::system_error with the kernel's error code if there is no io_uring;
  ///     `what()` names the probable cause and the remedy.
  io_context() : io_context(options()) {}

  /// As above, with a hint that is not used.
  /// @param concurrency_hint Not used: a context is run by one thread.
  explicit io_context(int concurrency_hint) : io_context(options()) { (void)concurrency_hint; }

  /// Sets up the ring as `wanted`.
  /// @throws boost::system::system_error as above.
  explicit io_context(const options& wanted)
      : loop_(&net::make_service<detail::loop>(*this, wanted)) {}

  /// As above, with services that are made first.
  /// @param initial_services Called once, before the event loop is made. What
  ///     `net::config_from_string` and the like set there is for Asio's own services.
  explicit io_context(const service_maker& initial_services)
      : net::execution_context(initial_services),
        loop_(&net::make_service<detail::loop>(*this, options())) {}

  /// As above, with an allocator.
  /// @param from Allocates the memory of services, the event loop included.
  template <class Allocator>
  io_context(std::allocator_arg_t, const Allocator& from, const options& wanted = options())
      : net::execution_context(std::allocator_arg, from),
        loop_(&net::make_service<detail::loop>(*this, wanted)) {}
  /// As above, with a hint that is not used.
  template <class Allocator>
  io_context(std::allocator_arg_t, const Allocator& from, int concurrency_hint)
      : io_context(std::allocator_arg, from) {
    (void)concurrency_hint;
  }
  /// As above, with the initial services.
  template <class Allocator>
  io_context(std::allocator_arg_t, const Allocator& from, const service_maker& initial_services)
      : net::execution_context(std::allocator_arg, from, initial_services),
        loop_(&net::make_service<detail::loop>(*this, options())) {}

  /// Destroys what is outstanding, without calling its handlers. On another thread than the one
  /// that ran it last, this waits until the kernel uses no buffer and no file any more: a few
  /// milliseconds, if there are any.
  ~io_context() {
    shutdown();
    destroy();
  }

  /// Returns an executor that submits handlers to this context.
  executor_type get_executor() noexcept;

  /// Calls handlers until there is no outstanding work, or `stop()` is called.
  /// @return Number of handlers called.
  /// @throws boost::system::system_error with `net::error::already_started` if another thread runs
  ///     the context. Any exception of a handler; the other handlers stay, and `run()` may be
  ///     called again. An exception of a function that an executor has called within a handler (by
  ///     `net::dispatch`, for example) is thrown when the handler has returned; if there are
  ///     several, `net::multiple_exceptions` with the first one.
  count_type run() { return loop_->run(no_limit, time_point::max()); }
  /// Calls at most one handler.
  count_type run_one() { return loop_->run(1, time_point::max()); }
  /// Calls the handlers that are ready.
  count_type poll() { return loop_->run(no_limit, time_point::min()); }
  /// Calls at most one handler that is ready.
  count_type poll_one() { return loop_->run(1, time_point::min()); }

  /// As `run`, for a limited time.
  template <class Rep, class Period>
  count_type run_for(const std::chrono::duration<Rep, Period>& at_most) {
    return run_until(detail::from_now(at_most));
  }
  /// As `run`, until a point in time.
  template <class Clock, class Duration>
  count_type run_until(const std::chrono::time_point<Clock, Duration>& end) {
    return loop_->run(no_limit, on_steady_clock(end));
  }
  /// As `run_one`, for a limited time.
  template <class Rep, class Period>
  count_type run_one_for(const std::chrono::duration<Rep, Period>& at_most) {
    return run_one_until(detail::from_now(at_most));
  }
  /// As `run_one`, until a point in time.
  template <class Clock, class Duration>
  count_type run_one_until(const std::chrono::time_point<Clock, Duration>& end) {
    return loop_->run(1, on_steady_clock(end));
  }

  /// Has the `run` functions return as soon as possible, without calling handlers that are ready.
  void stop() { loop_->stop(); }
  /// Returns whether it was stopped, or has run out of work.
  bool stopped() const { return loop_->is_stopped(); }
  /// Lets the `run` functions be called again.
  void restart() { loop_->restart(); }

  /// Returns what it has done so far. Thread-safe, also while the context is running.
  ring_statistics statistics() const noexcept { return loop_->statistics(); }

  /// Returns the way in which its ring is set up.
  uring::ring_mode ring_mode() const noexcept { return loop_->mode(); }

 protected:
  /// With another kernel than this machine's, which outlives the context.
  io_context(const options& wanted, detail::kernel& system)
      : loop_(&net::make_service<detail::loop>(*this, wanted, system)) {}

 private:
  friend struct detail::executor_access;
  using time_point = detail::loop::time_point;
  static constexpr count_type no_limit = std::numeric_limits<count_type>::max();

  template <class Clock, class Duration>
  static time_point on_steady_clock(const std::chrono::time_point<Clock, Duration>& end) {
    using steady = std::chrono::steady_clock;
    // A time in the past polls once. `loop::run()` reserves the first and the last time.
    constexpr time_point first = time_point::min() + steady::duration(1);
    constexpr time_point last = time_point::max() - steady::duration(1);
    if constexpr (std::is_same_v<Clock, steady>) {
      return std::clamp<time_point>(std::chrono::time_point_cast<steady::duration>(end), first,
                                    last);
    } else {
      return steady::now() + std::chrono::duration_cast<steady::duration>(end - Clock::now());
    }
  }

  detail::loop* loop_;
};

/// Submits handlers to an `io_context`.
///
/// @tparam Bits The properties that were required or preferred.
template <class Allocator, unsigned Bits>
class io_context::basic_executor {
  static constexpr unsigned never_blocks = 1;
  static constexpr unsigned continues = 2;
  static constexpr unsigned counts_work = 4;

 public:
  basic_executor(const basic_executor& other) noexcept
      : context_(other.context_), allocator_(other.allocator_) {
    begin_work();
  }
  basic_executor(basic_executor&& other) noexcept
      : context_(other.context_), allocator_(std::move(other.allocator_)) {
    if constexpr ((Bits & counts_work) != 0) other.context_ = nullptr;
  }
  basic_executor& operator=(const basic_executor& other) noexcept {
    basic_executor copy(other);
    swap(copy);
    return *this;
  }
  basic_executor& operator=(basic_executor&& other) noexcept {
    basic_executor moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~basic_executor() {
    if constexpr ((Bits & counts_work) != 0) {
      if (context_ != nullptr) context_->loop_->work_finished();
    }
  }

  /// @name Properties
  /// @{
  auto require(net::execution::blocking_t::possibly_t) const {
    return with<Bits & ~never_blocks>();
  }
  auto require(net::execution::blocking_t::never_t) const { return with<Bits | never_blocks>(); }
  auto require(net::execution::relationship_t::fork_t) const { return with<Bits & ~continues>(); }
  auto require(net::execution::relationship_t::continuation_t) const {
    return with<Bits | continues>();
  }
  auto require(net::execution::outstanding_work_t::tracked_t) const {
    return with<Bits | counts_work>();
  }
  auto require(net::execution::outstanding_work_t::untracked_t) const {
    return with<Bits & ~counts_work>();
  }
  template <class Other>
  auto require(net::execution::allocator_t<Other> wanted) const {
    return basic_executor<Other, Bits>(*context_, wanted.value());
  }
  auto require(net::execution::allocator_t<void>) const {
    return basic_executor<std::allocator<void>, Bits>(*context_, std::allocator<void>());
  }

  static constexpr net::execution::mapping_t query(net::execution::mapping_t) noexcept {
    return net::execution::mapping.thread;
  }
  static constexpr net::execution::inline_exception_handling_t query(
      net::execution::inline_exception_handling_t) noexcept {
    return net::execution::inline_exception_handling.capture;
  }
  io_context& query(net::execution::context_t) const noexcept { return *context_; }
  static constexpr net::execution::blocking_t query(net::execution::blocking_t) noexcept {
    if constexpr ((Bits & never_blocks) != 0) return net::execution::blocking.never;
    return net::execution::blocking.possibly;
  }
  static constexpr net::execution::relationship_t query(net::execution::relationship_t) noexcept {
    if constexpr ((Bits & continues) != 0) return net::execution::relationship.continuation;
    return net::execution::relationship.fork;
  }
  static constexpr net::execution::outstanding_work_t query(
      net::execution::outstanding_work_t) noexcept {
    if constexpr ((Bits & counts_work) != 0) return net::execution::outstanding_work.tracked;
    return net::execution::outstanding_work.untracked;
  }
  template <class Other>
  Allocator query(net::execution::allocator_t<Other>) const noexcept {
    return allocator_;
  }
  Allocator query(net::execution::allocator_t<void>) const noexcept { return allocator_; }
  /// @}

  /// @return Whether this thread is running the context.
  bool running_in_this_thread() const noexcept { return context_->loop_->is_running_here(); }

  /// Calls the function: at once if this thread runs the context, and the executor may block;
  /// otherwise after the handlers that are ready. `run()` throws what it throws.
  template <class Function>
  void execute(Function&& function) const {
    detail::loop& to = *context_->loop_;
    using function_type = std::decay_t<Function>;
    if constexpr ((Bits & never_blocks) == 0) {
      if (to.is_running_here()) {
        function_type own(std::forward<Function>(function));
        try {
          std::move(own)();
        } catch (...) {
          to.capture_exception();
        }
        return;
      }
    }
    to.post(*detail::allocate_operation<detail::function_operation<function_type, Allocator>>(
        allocator_, std::forward<Function>(function), allocator_));
  }

#if !defined(BOOST_ASIO_NO_TS_EXECUTORS)
  /// @name Interface of the Networking TS, which strands and work guards still use
  /// @{
  io_context& context() const noexcept { return *context_; }
  void on_work_started() const noexcept { context_->loop_->work_started(); }
  void on_work_finished() const noexcept { context_->loop_->work_finished(); }
  template <class Function, class Other>
  void dispatch(Function&& function, const Other& from) const {
    basic_executor<Other, Bits & ~never_blocks & ~counts_work>(*context_, from)
        .execute(std::forward<Function>(function));
  }
  template <class Function, class Other>
  void post(Function&& function, const Other& from) const {
    basic_executor<Other, (Bits | never_blocks) & ~counts_work>(*context_, from)
        .execute(std::forward<Function>(function));
  }
  template <class Function, class Other>
  void defer(Function&& function, const Other& from) const {
    post(std::forward<Function>(function), from);
  }
  /// @}
#endif

  friend bool operator==(const basic_executor& a, const basic_executor& b) noexcept {
    return a.context_ == b.context_ && a.allocator_ == b.allocator_;
  }
  friend bool operator!=(const basic_executor& a, const basic_executor& b) noexcept {
    return !(a == b);
  }

 private:
  friend class io_context;
  friend struct detail::executor_access;
  template <class OtherAllocator, unsigned OtherBits>
  friend class basic_executor;

  basic_executor(io_context& context, const Allocator& from) noexcept
      : context_(&context), allocator_(from) {
    begin_work();
  }

  template <unsigned OtherBits>
  basic_executor<Allocator, OtherBits> with() const noexcept {
    return basic_executor<Allocator, OtherBits>(*context_, allocator_);
  }

  void begin_work() const noexcept {
    if constexpr ((Bits & counts_work) != 0) {
      if (context_ != nullptr) context_->loop_->work_started();
    }
  }

  void swap(basic_executor& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(context_, other.context_);
  }

  io_context* context_;
  [[no_unique_address]] Allocator allocator_;
};

inline io_context::executor_type io_context::get_executor() noexcept {
  return executor_type(*this, std::allocator<void>());
}

/// A strand of the context, with the interface of `net::io_context::strand`. It is an executor.
class io_context::strand : public net::strand<executor_type> {
 public:
  /// Makes a new strand of the context.
  explicit strand(io_context& context) : net::strand<executor_type>(context.get_executor()) {}

  /// Returns the context.
  io_context& context() const noexcept { return net::query(*this, net::execution::context); }

  /// Returns a function that dispatches `handler`, with the arguments of the call, to the strand.
  template <class Handler>
  auto wrap(Handler handler) const {
    return [to = *this, handler = std::move(handler)](auto&&... results) mutable {
      net::dispatch(to, std::bind(handler, std::forward<decltype(results)>(results)...));
    };
  }
};

namespace detail {

/// Access to the loop of an executor.
struct executor_access {
  template <class Executor>
  static loop& loop_of(const Executor& executor) noexcept {
    return *executor.context_->loop_;
  }
};

}  // namespace detail
}  // namespace timed::uring

namespace boost::asio {

/// Finds or makes a service. Its constructor may take a `timed::uring::io_context&`.
template <class Service>
Service& use_service(timed::uring::io_context& context) {
  execution_context& plain = context;
  if constexpr (std::is_constructible_v<Service, execution_context&>) {
    return use_service<Service>(plain);
  } else {
    auto& known = use_service<timed::uring::detail::own_services>(plain);
    if (Service* const found = known.find<Service>()) return *found;
    auto made = std::make_unique<Service>(context);
    try {
      known.add(made.get());
    } catch (const service_already_exists&) {  // Another thread was first.
      if (Service* const found = known.find<Service>()) return *found;
      throw;
    }
    return *made.release();
  }
}

/// Adds a service to the context, which owns it then.
template <class Service>
void add_service(timed::uring::io_context& context, Service* service) {
  use_service<timed::uring::detail::own_services>(context).add(service);
}

}  // namespace boost::asio

#endif  // TIMED_URING_IO_CONTEXT_H
