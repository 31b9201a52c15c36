// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_LOOP_H
#define TIMED_URING_DETAIL_LOOP_LOOP_H

#include <atomic>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <chrono>
#include <cstddef>

#include "timed/uring/detail/loop/alarm.h"
#include "timed/uring/detail/loop/fork_watch.h"
#include "timed/uring/detail/loop/run_ownership.h"
#include "timed/uring/detail/loop/submissions.h"
#include "timed/uring/detail/loop/timers.h"
#include "timed/uring/detail/loop/wakeup.h"
#include "timed/uring/detail/loop/work_count.h"
#include "timed/uring/detail/operation/assert.h"
#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/operation/operation.h"
#include "timed/uring/detail/operation/send_policy.h"
#include "timed/uring/detail/ring/kernel.h"
#include "timed/uring/options.h"
#include "timed/uring/ring_statistics.h"

struct io_uring_cqe;

namespace timed::uring::detail {

namespace net = boost::asio;

class descriptor;

/// The event loop of a `timed::uring::io_context`: calls its handlers, and carries out its sockets'
/// operations.
///
/// One thread at a time owns it (`run_ownership`). What the owner calls takes effect at once; what
/// other threads call arrives through a queue, and wakes the loop if need be (`wakeup`).
///
/// loop.cc has the handlers and the calls of the kernel, loop_operations.cc the operations, and
/// loop_lifetime.cc the change of thread, fork(2) and the end.
class loop final : public net::execution_context::service {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using key_type = loop;

  // Visible, so that libraries that are compiled with hidden visibility share it.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  /// @param system The kernel to use, which outlives the loop.
  /// @throws boost::system::system_error if there is no io_uring.
  loop(net::execution_context& context, const options& wanted, kernel& system = kernel::real());
  ~loop();

  /// For Asio, which would make a loop in a context that has none.
  /// @throws std::invalid_argument
  explicit loop(net::execution_context& context);

  /// @return The loop of the context that an executor belongs to.
  /// @throws std::invalid_argument if that is not a `timed::uring::io_context`.
  template <class Executor>
  static loop& of(const Executor& executor) {
    net::execution_context& context = net::query(executor, net::execution::context);
    return net::use_service<loop>(context);
  }

  /// @name Running. As the functions of Asio's io_context.
  /// @{

  /// @param limit Maximum number of handlers to call.
  /// @param until How long to wait for handlers: `time_point::max()` as long as there is work,
  ///     `time_point::min()` not at all.
  /// @return Number of handlers called.
  /// @throws boost::system::system_error if another thread runs it.
  std::size_t run(std::size_t limit, time_point until);
  void stop() noexcept;
  bool is_stopped() const noexcept { return is_stopped_.load(std::memory_order_acquire); }
  void restart() noexcept { is_stopped_.store(false, std::memory_order_release); }
  /// Whether this thread owns it.
  bool is_running_here() const noexcept { return ownership_.is_held_here(); }
  /// Whether some thread runs it.
  bool is_running() const noexcept { return ownership_.is_running(); }
  /// Has the innermost `run()` on this thread throw the exception that is being handled, once its
  /// handler has returned.
  void capture_exception() noexcept;
  /// @}

  /// @name Outstanding work. Thread-safe.
  /// @{
  void work_started() noexcept { is_running_here() ? work_.start_here() : work_.start_elsewhere(); }
  void work_finished() noexcept;
  /// @}

  /// Has a handler called. Counts it as work. Thread-safe.
  void post(operation& handler) noexcept {
    work_started();
    post_counted(handler);
  }

  /// Starts an operation, after `descriptor::adopt()`. Thread-safe.
  void start(io_operation& op) noexcept;

  /// Carries a command out on the loop's thread: at once, if this is it. Thread-safe.
  void command(operation& command) noexcept;

  /// @name Timers. Thread-safe.
  /// @{
  /// @throws std::bad_alloc
  void add_wait(timer_queue::timer& timer, time_point when, wait_operation& wait);
  /// @return Number of waits cancelled.
  std::size_t cancel_waits(timer_queue::timer& timer) noexcept;
  std::size_t cancel_first_wait(timer_queue::timer& timer) noexcept;
  std::size_t cancel_wait(timer_queue::timer& timer, const void* wait_key) noexcept;
  /// @}

  /// @name The alarm, called after the handlers that are ready.
  /// @{
  void set_alarm(alarm* which) noexcept { alarm_.set(which); }
  /// Sets when to call it. Called by the alarm itself.
  void set_alarm_time(time_point when) noexcept { alarm_.set_time(when); }
  /// Has its `on_request()` called soon. Thread-safe.
  void request_alarm() noexcept;
  /// @}

  /// The way its ring is set up. Thread-safe.
  ring_mode mode() const noexcept { return submissions_.mode(); }
  /// What it has done. Thread-safe.
  ring_statistics statistics() const noexcept;

  /// Scope in which this thread owns the loop. That is possible if this thread runs the loop; or if
  /// no thread does, and the ring is bound to this one or to none.
  class scoped_ownership {
   public:
    explicit scoped_ownership(loop& owned) noexcept;
    scoped_ownership(const scoped_ownership&) = delete;
    scoped_ownership& operator=(const scoped_ownership&) = delete;
    ~scoped_ownership();

    explicit operator bool() const noexcept { return is_nested_ || is_owner_; }

   private:
    loop& loop_;
    const bool is_nested_;
    bool is_owner_ = false;
    bool had_work_ = false;
    run_ownership::frame frame_;
  };

  /// @name For descriptors, on the loop's thread.
  /// @{
  /// Carries out what has arrived from other threads.
  void take_incoming() noexcept {
    if (wakeup_.has_operations()) [[unlikely]]
      dispatch_all_incoming();
  }
  /// Starts the first operation of a lane, of which none has begun.
  void start_next(operation_queue& lane) noexcept;
  void submit(io_operation& op) noexcept { submissions_.submit(op); }
  /// Cancels an operation that has begun.
  void cancel(io_operation& op) noexcept;
  void retry_cancellations() noexcept { submissions_.retry_cancellations(); }
  /// Ends an operation that is the first of its lane, or in none, and neither waits for an entry
  /// nor is in the kernel.
  void finish(io_operation& op, int result) noexcept;
  /// Makes ready the handler of an operation that is in no lane any more.
  void complete_operation(io_operation& op, int result) noexcept;
  /// Submits what is prepared, and fetches what has completed by that. After this, operations that
  /// were cancelled have completed, unless the kernel takes longer. Does nothing on other
  /// threads.
  void flush_submissions() noexcept;
  /// Submits what was started, unless the kernel has no memory for it.
  void submit_started() noexcept;
  /// Resets the connection of a file whose buffers the kernel still uses.
  void reset_if_buffer_in_use(descriptor& file) noexcept;
  /// Takes a file out of the ring.
  void unregister(descriptor& file) noexcept;
  /// @}

 private:
  // Whether this thread may change the loop: it owns it, or no thread does.
  bool may_change() const noexcept { return is_running_here() || !ownership_.is_held(); }

  class runner;
  class registration;

  void shutdown() override;
  void notify_fork(net::execution_context::fork_event event) override;

  // Handlers.
  void post_counted(operation& handler) noexcept {
    if (is_running_here()) {
      ready_.push(handler);
    } else {
      wakeup_.push(handler);
    }
  }
  void call(operation& handler);
  std::size_t post_aborted(operation_queue waits) noexcept;

  // The kernel.
  void enter_kernel(time_point until);
  bool may_sleep(time_point until) noexcept;
  time_point fall_asleep(time_point until) noexcept;
  time_point wait_deadline(time_point until) const noexcept;
  unsigned fetch_completions(time_point wake_at);
  unsigned take_completions() noexcept;
  void drain_cq_overflow() noexcept;
  void handle_enter_error(int error, bool may_sleep);
  void check_timers() noexcept;

  // Operations.
  void dispatch_all_incoming() noexcept;
  void dispatch_incoming(operation& op) noexcept;
  int try_at_once(descriptor& target, io_operation& op) noexcept;
  int try_to_send(descriptor& target, const request& wanted) noexcept;
  [[gnu::noinline]] void enqueue(io_operation& op) noexcept;
  void begin(io_operation& op) noexcept;
  void on_completion(const io_uring_cqe& entry) noexcept;
  void on_poll_event(io_operation& op, int events) noexcept;
  void on_result(io_operation& op, int result, unsigned flags) noexcept;
  static void reset(const descriptor& file) noexcept;

  // The change of thread, and fork(2).
  void bind_to_this_thread();
  void move_to_this_thread();
  void restart_all(io_operation_list begun) noexcept;
  void on_forked() noexcept;
  void cancel_all_and_wait() noexcept;

  kernel& kernel_;
  submissions submissions_;
  wakeup wakeup_;
  run_ownership ownership_;
  work_count work_;
  timers timers_;
  alarm_slot alarm_;
  send_policy send_policy_;
  timed::detail::counter operations_;    // Started operations.
  timed::detail::counter copied_sends_;  // Zero-copy sends that were made with a copy.

  operation_queue ready_;             // Handlers to be called.
  unsigned handlers_since_poll_ = 0;  // Number of handlers called since the last poll.
  std::atomic<bool> is_stopped_ = false;
  bool is_shut_down_ = false;
  bool is_orphan_ = false;  // This is a child process, and the ring is the parent's.
  // The last poll found nothing, so what the ring says of pending completions may be stale.
  bool pending_flag_may_be_stale_ = false;
  bool may_have_more_completions_ = false;  // The last poll may have left some in the kernel.

  fork_watch fork_watch_{[](void* self) noexcept { static_cast<loop*>(self)->on_forked(); }, this};
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_LOOP_H
