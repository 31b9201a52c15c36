// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_STREAM_STATE_H
#define TIMED_DETAIL_STATE_STREAM_STATE_H

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/cheap_clock.h"
#include "timed/detail/deadline/asymmetric_fence.h"
#include "timed/detail/deadline/deadline_service.h"
#include "timed/detail/deadline/operation_slot.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/detail/rate/rate_gate.h"
#include "timed/detail/state/deadline_watch.h"
#include "timed/detail/state/deferred_actions.h"
#include "timed/detail/state/ending_check.h"
#include "timed/detail/state/failure_record.h"
#include "timed/detail/state/operation_report.h"
#include "timed/detail/state/start_result.h"
#include "timed/detail/state/stream_fsm.h"
#include "timed/detail/state/stream_options.h"
#include "timed/detail/state/timed_socket.h"
#include "timed/detail/time/clock_service.h"
#include "timed/detail/time/deadlines.h"
#include "timed/detail/time/handler_call.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/timeout_action.h"

namespace timed::detail {

namespace net = boost::asio;

/// The socket of a stream, its deadlines, and the states of its operations. Shared by the stream
/// and its outstanding operations, so that a stream may be destroyed at any time.
///
/// Threads: the program uses the stream on one thread at a time. Meanwhile an operation may
/// complete on a second thread, and an expiry may run on a third one, which runs the stream's
/// executor. Expiry and completion use the protocol of `stream_fsm`: an operation of one step that
/// completes in time takes no lock. The mutex protects what several threads may use: the outcomes
/// of operations, the deferred actions, and the socket, except while an initiating function uses
/// it. The settings belong to the program's thread. No handler runs with the mutex locked.
template <class Socket, class RatePolicy>
class stream_state final : public expiry_listener {
 public:
  using socket_type = Socket;
  using rate_policy_type = RatePolicy;
  using clock_type = clock_service::clock_type;
  using time_point = clock_service::time_point;
  using duration = clock_service::duration;
  using executor_type = typename Socket::executor_type;
  using operation_id = stream_fsm::operation_id;

  using closing = typename timed_socket<Socket, RatePolicy>::closing;

  static constexpr bool is_rate_limited = timed_socket<Socket, RatePolicy>::is_rate_limited;
  static constexpr time_point never() { return deadlines::never(); }

  /// @param policy_args The argument for the constructor of the policy, if any.
  template <class... PolicyArgs>
  explicit stream_state(Socket socket, PolicyArgs&&... policy_args)
      : watch_(socket.get_executor()),
        executor_(socket.get_executor()),
        socket_(std::move(socket), executor_, std::forward<PolicyArgs>(policy_args)...) {
    for (const direction each : {direction::read, direction::write}) fsm_.slot(each).stream = this;
  }

  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  ~stream_state() {
    for (const direction each : {direction::read, direction::write}) watch_.remove(fsm_.slot(each));
  }

  Socket& socket() noexcept { return socket_.get(); }
  const Socket& socket() const noexcept { return socket_.get(); }
  const executor_type& executor() const noexcept { return executor_; }
  rate_gate<RatePolicy>& gate() noexcept { return socket_.gate(); }
  const rate_gate<RatePolicy>& gate() const noexcept { return socket_.gate(); }
  const clock_service& clock() const noexcept { return watch_.clock(); }
  const deadlines& deadline_settings() const noexcept { return deadlines_; }

  /// The settings for operations that start from now on. Used by the thread that uses the stream.
  stream_options options;

  /// Sets the absolute deadline of the directions without an outstanding operation. If both have
  /// one, sets that of both directions and of these operations.
  TIMED_ALWAYS_INLINE void set_deadline(time_point deadline) {
    if (fsm_.outstanding(direction::both)) [[unlikely]]
      return set_deadline_while_busy(deadline);
    deadlines_.set_absolute(direction::both, deadline);
    handler_call::forget();
  }

  /// Sets the absolute deadline, as `set_deadline()` does, to now plus `after`.
  ///
  /// Most of the cost is reading a clock. If the handler that is running then starts an operation
  /// whose only deadline this is, that does not read a clock again: see `handler_call`.
  TIMED_ALWAYS_INLINE void set_deadline_after(duration after) {
    const time_point deadline = cheap_clock::after(after);
    if (deadline == deadlines::passed() || fsm_.outstanding(direction::both)) [[unlikely]]
      return set_deadline_after_precisely(after);
    deadlines_.set_absolute(direction::both, deadline);
    handler_call::note(this);
  }

  /// Sets the absolute deadline of a direction, and of its outstanding operation.
  void set_deadline(time_point deadline, direction which) {
    deadlines_.set_absolute(which, deadline);
    handler_call::forget();
    if (fsm_.outstanding(which)) reschedule(which);
  }

  /// Sets the idle timeout of a direction. That of its outstanding operation is counted from now.
  void set_idle_timeout(direction which, duration timeout) {
    deadlines_.set_idle(which, timeout);
    if (!fsm_.outstanding(which)) return;
    deadlines_.restart(fsm_.connecting() ? direction::both : which, clock());
    reschedule(which);
  }

  /// Moves the deadlines and settings of another stream to this one.
  template <class OtherState>
  void take_settings(OtherState& other) {
    deadlines_ = std::exchange(other.deadlines_, deadlines());
    options = std::exchange(other.options, stream_options());
  }

  /// Starts an operation, if possible.
  /// @param own A deadline for this operation alone.
  /// @param first The phase of its first step: `initiating`, or `waiting`.
  /// @param started The operation's state, if it was started.
  /// @throws std::bad_alloc if there is no memory to wait for the deadline.
  template <direction which>
  TIMED_ALWAYS_INLINE start_result try_start(time_point own, stream_fsm::phase first,
                                             stream_fsm::op_state& started) {
    if (fsm_.outstanding(which)) [[unlikely]]
      return start_result::already_started;
    operation_slot& slot = fsm_.slot(which);
    time_point deadline;
    // A deadline that the running handler has set may have passed since. The clock is not read for
    // that if the slot's node is filed early enough: the service then ends the operation.
    const auto need_not_check = [this] { return handler_call::has_noted(this); };
    if (!deadlines_.start_quickly(which, own, clock(), need_not_check, deadline) ||
        watch_.is_filed_too_late(slot, deadline)) [[unlikely]]
      return try_start_precisely<which>(own, first, started);
    mark_started<which>(deadline, first, started);
    if (watch_.is_filed_too_late(slot, deadline)) [[unlikely]]
      watch_started(which, started);  // the service has just removed the node
    return start_result::started;
  }

  /// Applies the effect of a timeout of an operation that is not outstanding: its deadline passed
  /// before it started, or it is synchronous.
  [[gnu::noinline]] void time_out_unstarted(direction which) {
    watch_.count_timeout();
    const std::lock_guard lock(mutex_);
    if (fsm_.expire_before_start(which, options.on_timeout)) close_socket();
  }

  /// To be called when the initiating function of one of the operation's steps has returned. If the
  /// step completed before that, this object may be destroyed by this function.
  TIMED_ALWAYS_INLINE void initiated(direction which, stream_fsm::op_state initiating) {
    if (!fsm_.initiated(which, initiating)) [[unlikely]]
      initiated_slow_path(which, initiating);
  }

  /// Returns whether an operation, a step of which has completed, may go on: it was not cancelled,
  /// and has not timed out.
  bool may_proceed(direction which, operation_id id) {
    if (fsm_.is_initiating_step(which)) complete_during_initiation(which);
    const std::lock_guard lock(mutex_);
    return fsm_.may_proceed(which, id);
  }

  /// Lets an operation, a step of which has completed, initiate the next one.
  /// @return The operation's state in that step; nothing if it was cancelled or has timed out.
  std::optional<stream_fsm::op_state> proceed(direction which, operation_id id) {
    if (fsm_.is_initiating_step(which)) complete_during_initiation(which);
    const std::lock_guard lock(mutex_);
    return fsm_.proceed(which, id);
  }

  /// Returns the result of a connect for which the socket has reported success.
  error_code connect_outcome() {
    if constexpr (!socket_traits<Socket>::may_report_false_success) return {};
    const std::lock_guard lock(mutex_);
    return socket_.connect_outcome();
  }

  /// Returns whether the socket is open, while another thread may be closing it.
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return socket().is_open();
  }

  /// Finishes the operation.
  /// @param ec What its last step reported.
  /// @return What the operation reports: `ec`, or a static error code (aborted, or a timeout).
  TIMED_ALWAYS_INLINE const error_code& finish(direction which, operation_id id,
                                               const error_code& ec) {
    if (fsm_.is_initiating_step(which)) [[unlikely]]
      complete_during_initiation(which);
    if (ec) [[unlikely]]
      failures_.note(which, ec);
    if (fsm_.finish(which, id)) [[unlikely]]
      return finish_claimed(which, id, ec);
    return ec;
  }

  /// To be called before the socket's operation is initiated. After a failure in this direction,
  /// has the socket check its readiness.
  template <direction which>
  TIMED_ALWAYS_INLINE void notice_readiness() {
    if constexpr (socket_traits<Socket>::may_miss_readiness) {
      if (failures_.contains(which)) [[unlikely]]
        notice_readiness_after_failure(which);
    }
  }

  /// Abandons the operation, if it is outstanding: its initiation has thrown, or its handler was
  /// destroyed.
  [[gnu::noinline]] void abandon(direction which, operation_id id) {
    if (!fsm_.is_outstanding(which, id)) return;
    failures_.mark(which);
    finish(which, id, {});
  }

  /// Returns the cancellation slot for the socket's operation that is about to be initiated in this
  /// direction. It is not connected if neither the program nor `on_timeout(cancel)` can use it.
  net::cancellation_slot slot_for(direction which, bool cancellable) {
    if (!cancellable && options.on_timeout == timeout_action::close) return {};
    return socket_.slot(which);
  }

  /// Cancels one operation for the program, by its cancellation slot. It can no longer time out.
  void cancel_one(direction which, operation_id id, net::cancellation_type type) {
    const std::lock_guard lock(mutex_);
    if (type == net::cancellation_type::none || !fsm_.is_outstanding(which, id)) return;
    fsm_.cancel_one(which, id);
    if (fsm_.defer_if_initiating(which)) return deferred_.of(which).cancel(type);
    cancel_operation(which, type);
  }

  /// Resets the socket after a connect that has failed, for the next one.
  void reset_connect(const error_code& ec) {
    // These errors are due to an earlier connection or connect.
    if (ec == net::error::already_connected || ec == net::error::already_started) return;
    const std::lock_guard lock(mutex_);
    socket_.reset_connect();
  }

  /// Asserts that no operation is started while another thread calls `cancel()` or `close()`.
  void assert_not_ending() const noexcept { ending_.assert_not_ending(); }

  /// Cancels the outstanding operations. They report operation_aborted if they have not ended.
  void cancel() {
    const std::lock_guard lock(mutex_);
    const ending_check::scope scope(ending_);
    fsm_.cancel();
    if (fsm_.defer_if_initiating(direction::both)) {
      deferred_.cancel = true;
    } else {
      cancel_socket();
    }
  }

  /// Closes the socket. Outstanding operations report what they do after `cancel()`.
  /// @param how With `lingering`, waits as SO_LINGER says, unless a step is being initiated.
  void close(closing how = closing::at_once) {
    const std::lock_guard lock(mutex_);
    const ending_check::scope scope(ending_);
    // If the socket is closed already, the operations are only cancelled: each may have found that,
    // and reports it. The socket is not asked while a step that is being initiated may use it.
    const bool may_be_open = fsm_.defer_if_initiating(direction::both) || socket().is_open();
    may_be_open ? fsm_.close() : fsm_.cancel();
    close_socket(how);
  }

  /// Cancels the outstanding operations and releases the socket, immediately. So, unlike `cancel()`
  /// and `close()`, not to be called while another thread may be initiating a step.
  Socket release_socket() {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    cancel_socket();
    // The socket's next owner does not have `failures_`, and an outstanding operation may yet fail.
    for (const direction one : {direction::read, direction::write}) {
      if (fsm_.outstanding(one)) failures_.mark(one);
    }
    notice_readiness<direction::read>();
    notice_readiness<direction::write>();
    return std::move(socket());
  }

  /// Removes the absolute deadlines.
  void clear_deadlines() { deadlines_.set_absolute(direction::both, never()); }

  /// Waits until the rate policy may be asked again, or the operation has to end, and then calls
  /// `op`. The error code that `op` gets does not matter, as `proceed()` tells the two cases apart.
  template <class Op>
  static void async_wait_for_rate(const std::shared_ptr<stream_state>& self, direction which,
                                  time_point until, Op&& op) {
    self->socket_.async_wait_for_rate(
        which, until, self->watch_.clock(), std::forward<Op>(op), [self, which] {
          net::post(self->executor_, [self, which] { self->end_rate_wait(which); });
        });
  }

  /// Waits before another attempt of a connect, and then calls `op`, as `async_wait_for_rate` does.
  template <class Op>
  static void async_pause(const std::shared_ptr<stream_state>& self, duration pause, Op&& op) {
    self->socket_.async_pause(self->executor_, pause, std::forward<Op>(op));
  }

 private:
  template <class OtherSocket, class OtherPolicy>
  friend class stream_state;
  template <class State>
  friend class sync_limit;

  [[gnu::noinline]] void notice_readiness_after_failure(direction which) {
    socket_.notice_readiness(which);
    failures_.erase(which);
  }

  void end_rate_wait(direction which) {
    const std::lock_guard lock(mutex_);
    if (!fsm_.defer_if_initiating(which)) return socket_.cancel_rate_wait(which, watch_.clock());
    deferred_.of(which).ends_rate_wait = true;
  }

  std::shared_ptr<stream_state> shared() {
    return std::static_pointer_cast<stream_state>(shared_from_this());
  }

  [[gnu::noinline]] void set_deadline_after_precisely(duration after) {
    if (clock_service::any_is_manual() || fsm_.outstanding(direction::both))
      return set_deadline(clock().after(after));
    deadlines_.set_absolute(direction::both, deadlines::after(clock_type::now(), after));
    handler_call::note(this);
  }

  [[gnu::noinline]] void set_deadline_while_busy(time_point deadline) {
    set_deadline(deadline, fsm_.idle_direction().value_or(direction::both));
  }

  template <direction which>
  [[gnu::noinline]] start_result try_start_precisely(time_point own, stream_fsm::phase first,
                                                     stream_fsm::op_state& started) {
    const time_point now = clock().now();
    const time_point deadline = deadlines_.start(which, own, now);
    if (deadline <= now) {
      time_out_unstarted(which);
      return start_result::timed_out;
    }
    mark_started<which>(deadline, first, started);
    watch_started(which, started);
    return start_result::started;
  }

  template <direction which>
  TIMED_ALWAYS_INLINE void mark_started(time_point deadline, stream_fsm::phase first,
                                        stream_fsm::op_state& started) {
    fsm_.slot(which).set(deadline_service::nanoseconds_of(deadline));
    // A connect's deadline is in the first slot. The other may be filed for an earlier write.
    if constexpr (which == direction::both) fsm_.slot(direction::write).set(deadline_node::none);
    started = fsm_.start(which, options.on_timeout, first);
    asymmetric_fence::light();
  }

  [[gnu::noinline]] const error_code& finish_claimed(direction which, operation_id id,
                                                     const error_code& ec) {
    const std::lock_guard lock(mutex_);
    watch_.stop(which, fsm_.slot(which));
    const auto report = fsm_.take_report(which, id, socket_result_of(ec));
    if (report == stream_fsm::report::timeout) watch_.count_timeout();
    return error_of(report, ec);
  }

  [[gnu::noinline]] void watch_started(direction which, stream_fsm::op_state started) {
    operation_slot& slot = fsm_.slot(which);
    if (slot.deadline() == deadline_node::none) return;
    try {
      if (watch_.is_by_service()) return watch_.file(slot);
      // The operation is claimed from the start, so that finish() stops the wait.
      const std::lock_guard lock(mutex_);
      slot.claim(started.id());
      watch(which, started.id());
    } catch (...) {  // no memory for the wait
      initiated(which, started);
      (void)fsm_.finish(which, started.id());
      throw;
    }
  }

  /// Applies changed deadlines to the outstanding operations of a direction.
  [[gnu::noinline]] void reschedule(direction which) {
    if (fsm_.connecting()) return reschedule_one(direction::both);
    for (const direction one : {direction::read, direction::write}) {
      if (contains(which, one)) reschedule_one(one);
    }
  }

  void reschedule_one(direction which) {
    operation_slot& slot = fsm_.slot(which);
    const auto operation = slot.now();
    if (!operation.is_outstanding()) return;
    slot.set(deadline_service::nanoseconds_of(deadlines_.of(which)));
    asymmetric_fence::light();
    if (watch_.is_by_service() && slot.filed_for() <= slot.deadline()) return;
    const std::lock_guard lock(mutex_);
    if (!watch_.is_by_service()) claim(which, operation.id());
    keep_watching(which, operation.id());
  }

  void keep_watching(direction which, operation_id id) {
    if (!fsm_.is_outstanding(which, id)) return;
    try {
      watch(which, id);
    } catch (...) {  // no memory for the wait: a timeout that is early is better than none
      claim(which, id);
      if (fsm_.is_outstanding(which, id)) apply_expiry(which, id);
    }
  }

  /// Has `on_expiry()` or `expire()` called when the deadline has passed.
  /// @throws std::bad_alloc
  void watch(direction which, operation_id id) {
    operation_slot& slot = fsm_.slot(which);
    const time_point deadline = deadline_service::time_point_of(slot.deadline());
    if (clock().is_manual()) {
      if (deadline == never()) return watch_.clock().withdraw(&slot);
      watch_.file_with_clock(slot, deadline,
                             [self = shared(), &slot, id] { self->on_expiry(slot, id, {}); });
    } else if (watch_.has_timers()) {
      watch_.wait_on_timer(which, deadline, [self = shared(), which, id](error_code ec) {
        if (!ec) self->expire(which, id);
      });
    } else if (deadline != never()) {
      watch_.file(slot);
    }
  }

  /// Claims the operation for an expiry. Afterwards, either it is no longer outstanding, or its
  /// outcome is decided, or its `finish()` will see the claim and wait for the mutex.
  void claim(direction which, operation_id id) {
    operation_slot& slot = fsm_.slot(which);
    if (slot.claimed() == id) return;
    slot.claim(id);
    asymmetric_fence::heavy();
  }

  // Called by the service; by a manual clock on any thread, without a time, perhaps with the mutex
  // locked.
  void on_expiry(operation_slot& slot, operation_id id, time_point now) noexcept override {
    const direction which = fsm_.direction_of(slot);
    try {
      auto expiry = [self = shared(), which, id, now] { self->expire(which, id, now); };
      if (clock().is_manual()) return net::post(executor_, std::move(expiry));
      net::dispatch(executor_, std::move(expiry));
    } catch (...) {  // no memory for that
      watch_.file_again(slot);
    }
  }

  // Runs on the stream's executor. `now` is a time that the steady clock has reached.
  void expire(direction which, operation_id id, time_point now = time_point::min()) {
    const std::lock_guard lock(mutex_);
    expire_if_passed(which, id, now);
  }

  // Ends the operation if it is outstanding and its deadline has passed. Needs the mutex.
  void expire_if_passed(direction which, operation_id id, time_point now = time_point::min()) {
    if (!fsm_.is_outstanding(which, id)) return;
    claim(which, id);
    if (!fsm_.is_outstanding(which, id)) return;
    const auto deadline = deadline_service::time_point_of(fsm_.slot(which).deadline());
    if ((deadline > now || clock().is_manual()) && clock().now() < deadline) {
      keep_watching(which, id);  // the deadline was moved meanwhile, or time has become manual
    } else {
      apply_expiry(which, id);
    }
  }

  // Decides the outcome, and closes the socket or cancels the operation. Needs the mutex.
  void apply_expiry(direction which, operation_id id) {
    assert(fsm_.slot(which).claimed() == id || !fsm_.is_outstanding(which, id));
    switch (fsm_.expire(which, id)) {
      case stream_fsm::expiry::too_late:
        return;
      case stream_fsm::expiry::not_now:
        // If the initiating function has just returned, the expiry can be decided now.
        if (!fsm_.defer_if_initiating(direction::both)) return apply_expiry(which, id);
        deferred_.of(which).expires = true;
        return;
      case stream_fsm::expiry::close_socket:
        return close_socket();
      case stream_fsm::expiry::cancel_operation:
        return cancel_operation(which, net::cancellation_type::total);
    }
  }

  /// Lets the operation go on although the initiating function of its step may still be running.
  /// That function will call `initiated()`, so this object keeps itself alive until then.
  [[gnu::noinline]] void complete_during_initiation(direction which) {
    const std::lock_guard lock(mutex_);
    // These precede the change of phase, after which the function may call initiated() at any time.
    ++early_completions_;
    keep_alive_ = shared_from_this();
    if (fsm_.complete_during_initiation(which)) {
      run_deferred();
    } else {  // the function has just returned
      end_early_completion();
    }
  }

  /// The part of `initiated()` for a step that has completed already, or has deferred actions.
  [[gnu::noinline]] void initiated_slow_path(direction which, stream_fsm::op_state initiating) {
    const auto until_unlocked = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (!fsm_.end_deferral(which, initiating)) return end_early_completion();
    run_deferred();
  }

  void end_early_completion() noexcept {
    assert(early_completions_ != 0 && keep_alive_);
    if (--early_completions_ == 0) keep_alive_.reset();
  }

  /// Runs the deferred actions, except those that another initiating function still defers.
  void run_deferred() noexcept {
    for (const direction one : {direction::read, direction::write}) {
      if (!deferred_.of(one).any() || fsm_.defer_if_initiating(one)) continue;
      const auto wanted = std::exchange(deferred_.of(one), {});
      if (wanted.types != 0) cancel_operation(one, net::cancellation_type_t{wanted.types});
      if (wanted.ends_rate_wait) socket_.cancel_rate_wait(one, watch_.clock());
      // If another operation has started since, its own deadline is checked.
      const direction which = fsm_.connecting() ? direction::both : one;
      if (wanted.expires) expire_if_passed(which, fsm_.slot(one).now().id());
    }
    const bool closes = deferred_.close;
    if (!(closes || deferred_.cancel) || fsm_.defer_if_initiating(direction::both)) return;
    deferred_.close = deferred_.cancel = false;
    closes ? close_socket() : cancel_socket();
  }

  void cancel_operation(direction which, net::cancellation_type_t types) {
    submit_write(which);
    socket_.cancel_one(which, types, watch_.clock());
    socket_.cancel_rate_wait(which, watch_.clock());
  }

  void cancel_socket() {
    submit_write(direction::both);
    socket_.cancel(watch_.clock());
  }

  void close_socket(closing how = closing::at_once) {
    if (fsm_.defer_if_initiating(direction::both)) {
      deferred_.close = true;
    } else {
      submit_write(direction::both);
      socket_.close(how, watch_.clock());
    }
  }

  // Submits an outstanding write before it is cancelled, where it would not be found otherwise.
  void submit_write(direction which) {
    if (contains(which, direction::write) && fsm_.outstanding(direction::write))
      socket_traits<Socket>::submit_before_cancellation(watch_.context());
  }

  [[no_unique_address]] deadline_watch<Socket> watch_;
  ending_check ending_;
  deferred_actions deferred_;
  [[no_unique_address]] failure_record<socket_traits<Socket>::may_miss_readiness> failures_;
  std::uint16_t early_completions_ = 0;  // completed steps whose initiating function still runs
  std::mutex mutex_;
  std::shared_ptr<expiry_listener> keep_alive_;  // this object, while there are early completions
  executor_type executor_;
  timed_socket<Socket, RatePolicy> socket_;
  stream_fsm fsm_;
  deadlines deadlines_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_STREAM_STATE_H
