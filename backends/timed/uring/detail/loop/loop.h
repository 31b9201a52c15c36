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
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>

#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/loop/fork_watch.h"
#include "timed/uring/detail/loop/registered_files.h"
#include "timed/uring/detail/loop/timer_queue.h"
#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/operation/mpsc_queue.h"
#include "timed/uring/detail/operation/operation.h"
#include "timed/uring/detail/ring/kernel.h"
#include "timed/uring/options.h"

struct io_uring_cqe;
struct io_uring_sqe;

namespace timed::uring::detail {

namespace net = boost::asio;

class ring;

/// What wants to be called by a loop when a time has come, without being work for it.
class alarm {
 public:
  /// The time has come. Called by the loop, on its thread.
  virtual void on_time() noexcept = 0;
  /// `loop::request_alarm()` was called. Likewise.
  virtual void on_request() noexcept = 0;

 protected:
  ~alarm() = default;
};

/// The event loop of a `timed::uring::io_context`: its handlers, its ring, its timers.
///
/// One thread at a time runs it. What that one calls takes effect at once; what others call
/// arrives through a queue, and wakes it if need be.
class loop final : public net::execution_context::service {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using key_type = loop;

  // Visible, as all that is static here: libraries that are compiled with hidden visibility have
  // the same.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  /// @throws boost::system::system_error if there is no io_uring to be had.
  loop(net::execution_context& context, const options& wanted);
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

  /// @param limit How many handlers to call at most.
  /// @param until For how long to wait for one: `time_point::max()` as long as there is work,
  ///     `time_point::min()` not at all.
  /// @return How many were called.
  /// @throws boost::system::system_error if another thread runs it.
  std::size_t run(std::size_t limit, time_point until);
  void stop() noexcept;
  bool is_stopped() const noexcept { return is_stopped_.load(std::memory_order_acquire); }
  void restart() noexcept { is_stopped_.store(false, std::memory_order_release); }
  bool is_running_here() const noexcept {
    for (const frame* each = innermost_; each != nullptr; each = each->outer) {
      if (each->running == this) return true;
    }
    return false;
  }
  /// Has the innermost `run()` on this thread throw the exception that is being handled, once its
  /// handler has returned.
  void capture_exception() noexcept;
  /// Whether some thread does, just now.
  bool is_run() const noexcept { return use_.load(std::memory_order_acquire) == use::running; }
  /// @}

  /// @name Work, for which it runs on. Thread-safe.
  /// @{
  void work_started() noexcept {
    if (is_running_here()) {
      ++own_work_;
    } else {
      work_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void work_finished() noexcept;
  /// @}

  /// Has a handler called, for which work has not been counted yet. Thread-safe.
  void post(operation& handler) noexcept {
    work_started();
    post_counted(handler);
  }

  /// Starts a socket's operation. Thread-safe.
  void start(io_operation& op) noexcept;

  /// Carries a command out on the loop's thread: at once, if this is it. Thread-safe.
  void command(operation& command) noexcept;

  /// @name Timers. Thread-safe.
  /// @{
  /// @throws std::bad_alloc
  void add_wait(timer_queue::timer& on, time_point when, wait_operation& wait);
  /// @return How many waits were cancelled.
  std::size_t cancel_waits(timer_queue::timer& on) noexcept;
  std::size_t cancel_first_wait(timer_queue::timer& on) noexcept;
  std::size_t cancel_wait(timer_queue::timer& on, const void* key) noexcept;
  /// @}

  /// @name The alarm, of which there is one. It has its turn after the handlers that are ready.
  /// @{
  void set_alarm(alarm* which) noexcept { alarm_.store(which, std::memory_order_release); }
  /// When to call it; called by itself.
  void set_alarm_time(time_point when) noexcept { alarm_time_ = when; }
  /// Has it called soon. Thread-safe.
  void request_alarm() noexcept;
  /// @}

  /// The way its ring is set up.
  ring_mode mode() const noexcept;

 private:
  friend class multishot_acceptor;
  friend class descriptor;

  struct frame {
    const loop* running;
    frame* outer;
    std::exception_ptr captured = nullptr;  // the first one, to be thrown by it
    bool are_several = false;
  };
  class runner;
  class registration;

  // On the ring's own thread, while nobody runs the loop: as if it did, for what is at hand.
  class scoped_ownership {
   public:
    explicit scoped_ownership(loop& of) noexcept;
    scoped_ownership(const scoped_ownership&) = delete;
    ~scoped_ownership();

    // Whether this is the loop's thread now.
    explicit operator bool() const noexcept { return is_nested_ || is_owner_; }

   private:
    loop& loop_;
    const bool is_nested_;
    bool is_owner_ = false;
    bool has_work_ = false;
    frame frame_{};
  };
  enum class use : std::uint8_t { none, borrowed, running };

  // Stands for the alarm among the handlers that are ready. It is neither one of them, nor work.
  class alarm_turn final : public operation {
   public:
    explicit alarm_turn(loop& of) noexcept : operation(&alarm_turn::run), of_(of) {}
    bool is_queued = false;

   private:
    static void run(operation* base, bool is_called);
    loop& of_;
  };

  void shutdown() override;
  void notify_fork(net::execution_context::fork_event event) override;

  void post_counted(operation& handler) noexcept {
    if (is_running_here()) {
      ready_.push(handler);
    } else {
      push(handler);
    }
  }
  void push(operation& op) noexcept {
    if (incoming_.push(op)) wake_up();
  }

  void bind_to_this_thread();
  void open_event();
  void restart_all() noexcept;
  void call(operation& handler);
  long fold_work() noexcept;
  void enter_kernel(time_point until);
  time_point wait_deadline(time_point until) noexcept;
  void check_timers();
  void call_alarm() noexcept;
  unsigned take_completions() noexcept;
  void drain_cq_overflow() noexcept;
  void prepare_wake_up() noexcept;
  void interrupt() noexcept;
  void wake_up() noexcept;
  void handle_enter_error(int error, bool may_sleep);

  template <class Take>
  std::size_t abort_waits(Take take) noexcept;

  void take_incoming() noexcept;
  void dispatch_incoming(operation& op) noexcept;
  void start_next(operation_queue& lane) noexcept;
  int try_at_once(io_operation& op) noexcept;
  int try_to_send(descriptor& target, const request& wanted) noexcept;
  void begin(io_operation& op) noexcept;
  void submit(io_operation& op) noexcept;
  void submit_waiting() noexcept;
  void put(io_uring_sqe& entry, io_operation& op) noexcept;
  void fill(io_uring_sqe& entry, io_operation& op) noexcept;
  void on_completion(const io_uring_cqe& completion) noexcept;
  bool sends_without_copy(const io_operation& op) const noexcept {
    return op.wanted_.what == request::kind::send && op.wanted_.size >= options_.zero_copy_from &&
           op.zero_copy_allowed_;
  }
  static bool is_over_network(const io_operation& connect) noexcept;
  static int result_of_connect(const io_operation& op) noexcept;
  void on_result(io_operation& op, int result, unsigned flags) noexcept;
  void finish(io_operation& op, int result) noexcept;
  void complete_operation(io_operation& op, int result) noexcept;
  void cancel(io_operation& op) noexcept;
  void cancel_in_kernel(io_operation& op) noexcept;
  void retry_cancellations() noexcept;
  static void reset_if_buffer_in_use(descriptor& file) noexcept;
  static void reset(const descriptor& file) noexcept;
  void flush_submissions() noexcept;
  void submit_started() noexcept;
  bool has_unsubmitted() const noexcept;
  void on_forked() noexcept;

  [[gnu::visibility("default")]] inline static thread_local constinit frame* innermost_ = nullptr;

  kernel& kernel_;
  const options options_;
  std::unique_ptr<ring> ring_;
  std::atomic<std::uint64_t> bound_to_ = 0;  // a thread's number
  int event_ = -1;
  bool is_event_read_armed_ = false;
  bool has_cancels_to_retry_ = false;
  bool has_prepared_write_ = false;           // which usually completes as soon as it is submitted
  bool write_may_be_unsubmitted_ = false;     // a write or a connect may not be with the kernel yet
  bool is_orphan_ = false;                    // in a child process; the ring is the parent's
  bool last_send_found_completions_ = false;  // the last one did that was made on its own
  bool pending_flag_may_be_stale_ = false;    // what the ring says of news: there were none
  unsigned writes_completed_ = 0;             // since the last look at that
  bool is_shut_down_ = false;

  std::atomic<use> use_ = use::none;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<long> work_ = 0;
  long own_work_ = 0;  // what has come and gone on the loop's thread
  unsigned handlers_since_poll_ = 0;

  mpsc_queue incoming_;
  alarm_turn alarm_turn_{*this};
  operation_queue ready_;
  io_operation_list waiting_;
  io_operation_list in_kernel_;  // those that are cancelled come first
  registered_files registered_;

  std::mutex timers_mutex_;
  timer_queue timers_;
  std::atomic<clock::rep> earliest_timer_;

  std::atomic<alarm*> alarm_ = nullptr;
  std::atomic<bool> is_alarm_requested_ = false;
  time_point alarm_time_ = time_point::max();

  fork_watch fork_watch_{[](void* of) noexcept { static_cast<loop*>(of)->on_forked(); }, this};
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_LOOP_H
