// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_STATE_H
#define TIMED_DETAIL_STREAM_STATE_H

#include <array>
#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/detail/asymmetric_fence.h"
#include "timed/detail/blocking.h"
#include "timed/detail/cheap_clock.h"
#include "timed/detail/clock_service.h"
#include "timed/detail/deadline_queue.h"
#include "timed/detail/deadline_service.h"
#include "timed/detail/deadlines.h"
#include "timed/detail/handler_call.h"
#include "timed/detail/rate_gate.h"
#include "timed/detail/socket_traits.h"
#include "timed/detail/stream_fsm.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/timeout_action.h"

namespace timed::detail {

namespace net = boost::asio;

/// What a stream is set to, besides its deadlines.
struct stream_options {
  std::uint32_t linger_ms = 30'000;
  timeout_action on_timeout = timeout_action::close;
  bool sync_deadlines = false;
};

/// What the rate policy needs beside itself: for each direction a timer that an operation waits on
/// when it may not transfer anything yet. Nothing, if the rate is unlimited.
template <class Policy, class Timer>
struct rate_control {
  template <class Executor, class... Args>
  explicit rate_control(const Executor& executor, Args&&... args)
      : gate(std::forward<Args>(args)...), timers{Timer(executor), Timer(executor)} {}

  rate_gate<Policy> gate;
  std::array<Timer, 2> timers;
};

template <class Policy, class Timer>
  requires(rate_gate<Policy>::unlimited)
struct rate_control<Policy, Timer> {
  template <class Executor, class... Args>
  explicit rate_control(const Executor&, Args&&... args) : gate(std::forward<Args>(args)...) {}

  [[no_unique_address]] rate_gate<Policy> gate;
};

/// The socket of a stream, its deadlines, and its operations' states, shared by the stream and
/// every operation that is outstanding on it, so that a stream may be destroyed at any time.
///
/// Deadlines are watched by the execution context's `deadline_service`. Where the executor is of a
/// kind that is not recognised, each operation that has a deadline waits on a timer of its own
/// instead; under manual time, it is filed with the clock.
///
/// Threads: a stream is used by one thread at a time (through a strand, or because at most one
/// operation is outstanding). But even then two others meet its operations: the one on which an
/// operation completes, while the program extends deadlines or cancels, and the one on which a
/// deadline is acted upon, on the stream's executor. Between the latter and an operation there is
/// the protocol of `stream_fsm`, so that one that completes in time takes no lock; all else is
/// ordered by the mutex. No foreign code runs under it.
template <class Socket, class RatePolicy>
class stream_state final : public deadline_owner {
 public:
  using socket_type = Socket;
  using rate_policy_type = RatePolicy;
  using clock_type = clock_service::clock_type;
  using time_point = clock_service::time_point;
  using duration = clock_service::duration;
  using executor_type = typename Socket::executor_type;
  using ticket = stream_fsm::ticket;

  static constexpr bool may_pause = may_be_local<typename Socket::protocol_type>;
  static constexpr bool is_rate_limited = !rate_gate<RatePolicy>::unlimited;
  static constexpr time_point never() { return deadlines::never(); }

  /// @param policy_args What to construct the policy from, at most one.
  template <class... PolicyArgs>
  explicit stream_state(Socket socket, PolicyArgs&&... policy_args)
      : service_(&net::use_service<deadline_service>(context_of(socket.get_executor()))),
        executor_(socket.get_executor()),
        socket_(std::move(socket)),
        rate_(executor_, std::forward<PolicyArgs>(policy_args)...) {
    if (!socket_traits<Socket>::drive(executor_, *service_)) {
      own_timers_.reset(new std::array<timer, 2>{timer(executor_), timer(executor_)});
    }
    for (const direction each : {direction::read, direction::write}) fsm_.slot(each).stream = this;
  }

  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  ~stream_state() {
    for (const direction each : {direction::read, direction::write}) {
      if (was_filed_.load(std::memory_order_relaxed)) service_->remove(fsm_.slot(each));
    }
  }

  Socket& socket() noexcept { return socket_; }
  const Socket& socket() const noexcept { return socket_; }
  const executor_type& executor() const noexcept { return executor_; }
  rate_gate<RatePolicy>& gate() noexcept { return rate_.gate; }
  const rate_gate<RatePolicy>& gate() const noexcept { return rate_.gate; }
  const clock_service& clock() const noexcept { return service_->clock(); }

  /// How closing the socket treats bytes that have not been sent.
  enum class closing : std::uint8_t {
    at_once,   ///< They are sent in the background, whatever SO_LINGER says.
    lingering  ///< As SO_LINGER says: it may have close(2) wait.
  };

  /// What is set here counts from the next operation on. Used by the stream's own thread only.
  stream_options options;

  /// Sets the absolute deadline of the directions that have no operation outstanding; if both have,
  /// of both, and of these operations.
  [[gnu::always_inline]] void set_deadline(time_point deadline) {
    if (fsm_.outstanding(direction::both)) [[unlikely]]
      return set_deadline_while_busy(deadline);
    deadlines_.set_absolute(direction::both, deadline);
    handler_call::forget();
  }

  /// Likewise, to `after` from now.
  ///
  /// Reading the clock is most of the price. So that begins before all else, and an operation that
  /// the same call of a handler starts next does not read a clock again.
  [[gnu::always_inline]] void set_deadline_after(duration after) {
    const time_point deadline = cheap_clock::after(after);
    if (deadline == deadlines::passed() || fsm_.outstanding(direction::both)) [[unlikely]]
      return set_deadline_after_precisely(after);
    deadlines_.set_absolute(direction::both, deadline);
    handler_call::note(this);
  }

  /// Sets the absolute deadline of a direction, and of what is outstanding in it.
  void set_deadline(time_point deadline, direction which) {
    deadlines_.set_absolute(which, deadline);
    handler_call::forget();
    if (fsm_.outstanding(which)) rearm(which);
  }

  /// Sets the idle timeout of a direction. What is outstanding in it gets that from now on.
  void set_idle_timeout(direction which, duration timeout) {
    deadlines_.set_idle(which, timeout);
    if (!fsm_.outstanding(which)) return;
    deadlines_.restart(fsm_.connecting() ? direction::both : which, clock());
    rearm(which);
  }

  /// Takes over what another stream was set to.
  template <class OtherState>
  void take_settings(OtherState& other) {
    deadlines_ = std::exchange(other.deadlines_, deadlines());
    options = std::exchange(other.options, stream_options());
  }

  /// @return When a synchronous operation that starts now has to end.
  time_point sync_deadline(direction which) {
    deadlines copy = deadlines_;
    return copy.none(which) ? never() : copy.start(which, never(), clock().now());
  }

  /// While it lives, synchronous operations end at a deadline, whatever the stream is set to.
  class sync_limit {
   public:
    sync_limit(stream_state& state, time_point deadline)
        : state_(state), deadlines_(state.deadlines_), options_(state.options) {
      if (!options_.sync_deadlines) state.deadlines_ = deadlines();
      state.deadlines_.limit_absolute(direction::both, deadline);
      state.options.sync_deadlines = true;
    }
    sync_limit(const sync_limit&) = delete;
    ~sync_limit() {
      state_.deadlines_ = deadlines_;
      state_.options = options_;
    }

   private:
    stream_state& state_;
    deadlines deadlines_;
    stream_options options_;
  };

  /// A synchronous operation's deadline has passed.
  void sync_timed_out(direction which) { time_out_before_start(which); }

  /// What comes of the wish to start an operation.
  enum class admission : std::uint8_t {
    granted,
    already_started,  ///< refused, as another one is outstanding
    timed_out         ///< refused, as its deadline has passed
  };

  /// An operation wants to start. If it may, its deadline counts from now on.
  /// @param own A deadline for this operation alone.
  /// @param first Whether its first step is being initiated.
  /// @param started The operation, if it may.
  /// @throws std::bad_alloc if there is no memory to wait for the deadline.
  template <direction which>
  [[gnu::always_inline]] admission admit(time_point own, stream_fsm::phase first,
                                         stream_fsm::occupant& started) {
    if (fsm_.outstanding(which)) [[unlikely]]
      return admission::already_started;
    operation_slot& slot = fsm_.slot(which);
    time_point deadline;
    // Where the deadline has only just been set, but has passed all the same, as the handler that
    // has set it took seconds to come here: if the node is filed, the service looks at it as soon
    // as that handler has returned; if not, the clock is asked.
    const auto is_ahead = [this] { return handler_call::has_noted(this); };
    if (!deadlines_.start_quickly(which, own, clock(), is_ahead, deadline) ||
        is_filed_too_late(slot, deadline)) [[unlikely]]
      return admit_precisely<which>(own, first, started);
    occupy<which>(deadline, first, started);
    if (is_filed_too_late(slot, deadline)) [[unlikely]]
      watch_new(which, started);  // it was taken out just now
    return admission::granted;
  }

  /// The initiating function of one of the operation's steps has returned. If the operation has
  /// overtaken it, it has kept this object alive until now, and no longer.
  void initiated(direction which, stream_fsm::occupant initiating) {
    if (!fsm_.initiated(which, initiating)) [[unlikely]]
      initiated_meanwhile(which, initiating);
  }

  /// @return Whether an operation, of which a step has completed, may go on: it has not been
  ///     cancelled, nor timed out.
  bool may_proceed(direction which, ticket owner) {
    if (fsm_.is_overtaking(which)) overtake(which);
    const std::lock_guard lock(mutex_);
    return fsm_.may_proceed(which, owner);
  }

  /// A step has completed, and the operation initiates the next one.
  /// @return The operation in that step; or nothing if it has been cancelled or timed out.
  std::optional<stream_fsm::occupant> proceed(direction which, ticket owner) {
    if (fsm_.is_overtaking(which)) overtake(which);
    const std::lock_guard lock(mutex_);
    return fsm_.proceed(which, owner);
  }

  /// The socket has reported success for a connect.
  /// @return Its result.
  error_code connect_outcome() {
    if constexpr (!socket_traits<Socket>::may_report_false_success) return {};
    const std::lock_guard lock(mutex_);
    return socket_.is_open() ? connect_result(socket_.native_handle()) : error_code();
  }

  /// @return Whether the socket is open, while it might be closed on another thread.
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return socket_.is_open();
  }

  /// The operation is over.
  /// @param ec What its last step reported.
  /// @return Whether it has to report a timeout.
  [[gnu::always_inline]] bool finish(direction which, ticket owner, const error_code& ec) {
    if (fsm_.is_overtaking(which)) [[unlikely]]
      overtake(which);
    if (!fsm_.finish(which, owner)) [[likely]]
      return false;
    return finish_claimed(which, owner, ec == net::error::operation_aborted);
  }

  /// The operation will not finish: initiating it has thrown, or its handler was destroyed.
  [[gnu::noinline]] void abandon(direction which, ticket owner) {
    if (fsm_.is_outstanding(which, owner)) (void)finish(which, owner, error_code());
  }

  /// @return The slot by which the stream can cancel the operation that is about to be initiated
  ///     in this direction; not connected if it will not need to.
  net::cancellation_slot slot_for(direction which, bool cancellable) {
    if (!cancellable && options.on_timeout == timeout_action::close) return {};
    return signals_[index_of(which)].slot();
  }

  /// The program cancels one operation by its slot: no deadline may claim it any more.
  void cancel_one(direction which, ticket owner, net::cancellation_type type) {
    const std::lock_guard lock(mutex_);
    if (type == net::cancellation_type::none || !fsm_.is_outstanding(which, owner)) return;
    fsm_.cancel_one(which, owner);
    if (fsm_.interrupt(which)) return postponed_.of(which).cancel(type);
    cancel_as_wanted(which, type);
    wake_rate_wait(which);
  }

  /// A connect has ended with an error: the next one is to start from the beginning.
  void forget_connect(const error_code& ec) {
    // These are of a connection, or an attempt, that was there before.
    if (ec == net::error::already_connected || ec == net::error::already_started) return;
    const std::lock_guard lock(mutex_);
    if (socket_.is_open()) detail::forget_connect(socket_.native_handle());
  }

  /// Stops a debug build of a program that starts an operation while another thread ends what is
  /// outstanding.
  void assert_not_ending() const noexcept {
    assert(
        !is_ending_.load(std::memory_order_relaxed) &&
        "timed_stream: an operation is started while another thread calls cancel() or close() "
        "on the same stream. Post these calls to the stream's executor, which has to be a strand "
        "if several threads run it");
  }

  /// Cancels the outstanding operations; they report operation_aborted.
  void cancel() {
    const std::lock_guard lock(mutex_);
    const ending here(*this);
    fsm_.cancel();
    if (fsm_.interrupt(direction::both)) {
      postponed_.cancel = true;
    } else {
      cancel_socket();
    }
  }

  /// Closes the socket; outstanding operations report operation_aborted.
  /// @param how With `lingering`, waits as SO_LINGER says, unless a step is being initiated.
  void close(closing how = closing::at_once) {
    const std::lock_guard lock(mutex_);
    const ending here(*this);
    fsm_.cancel();
    close_socket(how);
  }

  /// Cancels the outstanding operations and gives up the socket, at once: so, unlike `cancel()` and
  /// `close()`, not to be called while another thread may be initiating a step.
  Socket release_socket() {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    cancel_socket();
    return std::move(socket_);
  }

  /// Forgets the absolute deadlines.
  void forget_deadlines() { deadlines_.set_absolute(direction::both, never()); }

  /// Waits until the rate policy may be asked again, and then calls `op`, whatever the error code:
  /// what it is to do, `proceed()` tells.
  template <class Op>
  static void async_wait_for_rate(const std::shared_ptr<stream_state>& self, direction which,
                                  time_point until, Op&& op) {
    timer& wait = self->rate_.timers[index_of(which)];
    const bool is_manual = self->clock().is_manual();
    wait.expires_at(is_manual ? never() : until);
    wait.async_wait(std::forward<Op>(op));
    if (!is_manual) return;
    self->service_->clock().file(&wait, until, [self, which] {
      net::post(self->executor_, [self, which] {
        const std::lock_guard lock(self->mutex_);
        if (self->fsm_.interrupt(which)) {
          self->postponed_.of(which).wakes = true;
        } else {
          self->wake_rate_wait(which);
        }
      });
    });
  }

  /// Waits for a connect that tries again, and then calls `op`, as `async_wait_for_rate` does.
  template <class Op>
  static void async_pause(const std::shared_ptr<stream_state>& self, duration pause, Op&& op) {
    if (!self->pause_) self->pause_ = std::make_unique<timer>(self->executor_);
    self->pause_->expires_after(pause);
    self->pause_->async_wait(std::forward<Op>(op));
  }

 private:
  template <class OtherSocket, class OtherPolicy>
  friend class stream_state;

  using timer = typename socket_traits<Socket>::timer;

  /// What is wanted of the socket, and has to wait until nobody is at work on it.
  struct postponed {
    struct of_direction {
      bool expires : 1 = false;    // its deadline is to be looked at again
      bool wakes : 1 = false;      // its wait for the rate policy is to end
      std::uint8_t types : 3 = 0;  // of cancellation, which its operation is to get

      void cancel(net::cancellation_type_t type) noexcept {
        types = static_cast<std::uint8_t>((types | static_cast<unsigned>(type)) & 7u);
        wakes = true;
      }
      bool any() const noexcept { return expires || wakes; }
    };

    of_direction& of(direction which) noexcept { return each[index_of(which)]; }

    bool cancel : 1 = false;
    bool close : 1 = false;
    std::array<of_direction, 2> each;
  };

  // While it lives, the program ends what is outstanding.
  class ending {
   public:
    explicit ending(stream_state& of) noexcept : of_(of) { set(true); }
    ending(const ending&) = delete;
    ~ending() { set(false); }

   private:
    void set(bool is) noexcept { of_.is_ending_.store(is, std::memory_order_relaxed); }
    stream_state& of_;
  };

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
    const auto reading = fsm_.slot(direction::read).now();
    const auto writing = fsm_.slot(direction::write).now();
    // The same one in both is a connect, which may end just now, one slot after the other.
    const bool connecting = reading.owner() == writing.owner();
    set_deadline(deadline, connecting || reading.is_outstanding() == writing.is_outstanding()
                               ? direction::both
                           : reading.is_outstanding() ? direction::write
                                                      : direction::read);
  }

  static bool is_filed_too_late(const operation_slot& slot, time_point deadline) noexcept {
    return slot.filed_until() - deadline_queue::resolution >
           deadline_service::nanoseconds_of(deadline);
  }

  bool watched_by_service() const noexcept {
    return !own_timers_ && !clock_service::any_is_manual();
  }

  template <direction which>
  [[gnu::noinline]] admission admit_precisely(time_point own, stream_fsm::phase first,
                                              stream_fsm::occupant& started) {
    const time_point now = clock().now();
    const time_point deadline = deadlines_.start(which, own, now);
    if (deadline <= now) {
      time_out_before_start(which);
      return admission::timed_out;
    }
    occupy<which>(deadline, first, started);
    watch_new(which, started);
    return admission::granted;
  }

  template <direction which>
  [[gnu::always_inline]] void occupy(time_point deadline, stream_fsm::phase first,
                                     stream_fsm::occupant& started) {
    fsm_.slot(which).set(deadline_service::nanoseconds_of(deadline));
    // A connect has its deadline in one slot, and the other one may be filed for an earlier write.
    if constexpr (which == direction::both) fsm_.slot(direction::write).set(deadline_node::none);
    started = fsm_.start(which, options.on_timeout, first);
    asymmetric_fence::light();
  }

  [[gnu::noinline]] bool finish_claimed(direction which, ticket owner, bool aborted) {
    const std::lock_guard lock(mutex_);
    forget_watch(which);
    return fsm_.take_timed_out(which, owner, aborted);
  }

  [[gnu::noinline]] void watch_new(direction which, stream_fsm::occupant started) {
    operation_slot& slot = fsm_.slot(which);
    if (slot.deadline() == deadline_node::none) return;
    try {
      if (watched_by_service()) return file(slot);
      // Operations are claimed from the start, so that they tell when they are over.
      const std::lock_guard lock(mutex_);
      slot.claim(started.owner());
      watch(which, started.owner());
    } catch (...) {  // there is no memory for the wait
      (void)fsm_.initiated(which, started);
      (void)fsm_.finish(which, started.owner());
      throw;
    }
  }

  /// @throws std::bad_alloc
  void file(operation_slot& slot) {
    if (slot.filed_until() <= slot.deadline()) [[likely]]
      return;
    const auto now = deadline_service::nanoseconds_of(clock_type::now());
    if (!deadline_queue::needs_filing(slot, now)) return;
    was_filed_.store(true, std::memory_order_relaxed);
    service_->file(slot);
  }

  /// The deadlines of what is outstanding have been set anew.
  [[gnu::noinline]] void rearm(direction which) {
    if (fsm_.connecting()) return rearm_one(direction::both);
    for (const direction one : {direction::read, direction::write}) {
      if (contains(which, one)) rearm_one(one);
    }
  }

  void rearm_one(direction which) {
    operation_slot& slot = fsm_.slot(which);
    const auto occupant = slot.now();
    if (!occupant.is_outstanding()) return;
    slot.set(deadline_service::nanoseconds_of(deadlines_.of(which)));
    asymmetric_fence::light();
    if (watched_by_service() && slot.filed_until() <= slot.deadline()) return;
    const std::lock_guard lock(mutex_);
    if (!watched_by_service()) claim(which, occupant.owner());
    watch_on(which, occupant.owner());
  }

  void watch_on(direction which, ticket owner) {
    if (!fsm_.is_outstanding(which, owner)) return;
    try {
      watch(which, owner);
    } catch (...) {  // no memory for the wait: rather too early than never
      claim(which, owner);
      if (fsm_.is_outstanding(which, owner)) expire(which, owner);
    }
  }

  /// Sees to it that the deadline is noticed.
  /// @throws std::bad_alloc
  void watch(direction which, ticket owner) {
    operation_slot& slot = fsm_.slot(which);
    const time_point deadline = deadline_service::time_point_of(slot.deadline());
    if (clock().is_manual()) {
      if (deadline == never()) return service_->clock().withdraw(&slot);
      return service_->clock().file(
          &slot, deadline, [self = shared(), &slot, owner] { self->deadline_passed(slot, owner); });
    }
    if (!own_timers_) {
      if (deadline != never()) file(slot);
      return;
    }
    timer& wait = (*own_timers_)[index_of(which)];
    wait.expires_at(deadline);  // which ends a wait for an older deadline
    if (deadline == never()) return;
    wait.async_wait([self = shared(), which, owner](error_code ec) {
      if (!ec) self->on_deadline(which, owner);
    });
  }

  void forget_watch(direction which) {
    if (own_timers_) (*own_timers_)[index_of(which)].cancel();
    if (clock().is_manual()) service_->clock().withdraw(&fsm_.slot(which));
  }

  /// Sees to it that an operation that is over by then, and one that is not yet, are told apart.
  void claim(direction which, ticket owner) {
    operation_slot& slot = fsm_.slot(which);
    if (slot.claimed() == owner) return;
    slot.claim(owner);
    asymmetric_fence::heavy();
  }

  void deadline_passed(operation_slot& slot, ticket owner) noexcept override {
    const bool is_write = &slot == &fsm_.slot(direction::write);
    const direction which = is_write            ? direction::write
                            : fsm_.connecting() ? direction::both
                                                : direction::read;
    try {
      net::post(executor_, [self = shared(), which, owner] { self->on_deadline(which, owner); });
    } catch (...) {  // no memory for that
      look_again(slot);
    }
  }

  /// Has the service come back to a deadline that has passed.
  void look_again(operation_slot& slot) noexcept {
    if (own_timers_) return;
    was_filed_.store(true, std::memory_order_relaxed);
    service_->file_again(slot);
  }

  void on_deadline(direction which, ticket owner) {
    const std::lock_guard lock(mutex_);
    look_at_deadline(which, owner);
  }

  void look_at_deadline(direction which, ticket owner) {
    if (!fsm_.is_outstanding(which, owner)) return;
    claim(which, owner);
    if (!fsm_.is_outstanding(which, owner)) return;
    if (clock().now() < deadline_service::time_point_of(fsm_.slot(which).deadline())) {
      watch_on(which, owner);  // it was moved in the meantime, or time has become manual
    } else {
      expire(which, owner);
    }
  }

  void expire(direction which, ticket owner) {
    switch (fsm_.expire(which, owner)) {
      case stream_fsm::expiry::too_late:
        return;
      case stream_fsm::expiry::not_now:
        if (!fsm_.interrupt(direction::both)) return expire(which, owner);  // it has just returned
        postponed_.of(which).expires = true;
        return;
      case stream_fsm::expiry::close_socket:
        return close_socket();
      case stream_fsm::expiry::cancel_operation:
        cancel_as_wanted(which, net::cancellation_type::total);
        return wake_rate_wait(which);
    }
  }

  [[gnu::noinline]] void time_out_before_start(direction which) {
    const std::lock_guard lock(mutex_);
    if (fsm_.expire_before_start(which, options.on_timeout)) close_socket();
  }

  /// The operation goes on although a function that has initiated it may not have returned, and
  /// will want to say so to this object: that keeps itself alive until then.
  [[gnu::noinline]] void overtake(direction which) {
    const std::lock_guard lock(mutex_);
    // Before it goes on: from then on the function may return at any time.
    ++overtaken_;
    kept_ = shared_from_this();
    if (fsm_.overtake(which)) {
      do_postponed();
    } else {  // it has just returned
      forget_overtaken();
    }
  }

  /// A function that has initiated a step has returned, and was overtaken or interrupted.
  [[gnu::noinline]] void initiated_meanwhile(direction which, stream_fsm::occupant initiating) {
    const auto until_unlocked = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (fsm_.resume(which, initiating)) {
      do_postponed();
    } else {
      forget_overtaken();
    }
  }

  void forget_overtaken() noexcept {
    if (--overtaken_ == 0) kept_.reset();
  }

  /// Does what had to wait for a function that has initiated a step. Others may still do so.
  void do_postponed() noexcept {
    for (const direction one : {direction::read, direction::write}) {
      if (!postponed_.of(one).any() || fsm_.interrupt(one)) continue;
      const auto wanted = std::exchange(postponed_.of(one), {});
      if (wanted.types != 0) cancel_as_wanted(one, net::cancellation_type_t{wanted.types});
      if (wanted.wakes) wake_rate_wait(one);
      const direction which = fsm_.connecting() ? direction::both : one;
      if (wanted.expires) look_at_deadline(which, fsm_.slot(one).now().owner());
    }
    const bool closes = postponed_.close;
    if (!(closes || postponed_.cancel) || fsm_.interrupt(direction::both)) return;
    postponed_.close = postponed_.cancel = false;
    closes ? close_socket() : cancel_socket();
  }

  void cancel_as_wanted(direction which, net::cancellation_type_t types) noexcept {
    try {
      signals_[index_of(which)].emit(types);
    } catch (...) {  // no memory for that: rather both directions than none
      cancel_socket();
    }
  }

  void cancel_socket() {
    error_code ignored;
    socket_.cancel(ignored);
    wake_rate_wait(direction::both);
    end_pause();
  }

  void close_socket(closing how = closing::at_once) {
    if (fsm_.interrupt(direction::both)) {
      postponed_.close = true;
      return;
    }
    if (how == closing::at_once) {
      detail::close_at_once(socket_);
    } else {
      error_code ignored;
      socket_.close(ignored);
    }
    wake_rate_wait(direction::both);
    end_pause();
  }

  void end_pause() {
    if constexpr (may_pause) {
      if (pause_) pause_->cancel();
    }
  }

  /// An operation that waits for the rate policy hears that something has changed.
  void wake_rate_wait(direction which) {
    if constexpr (is_rate_limited) {
      for (const direction one : {direction::read, direction::write}) {
        if (!contains(which, one)) continue;
        timer& wait = rate_.timers[index_of(one)];
        wait.cancel();
        if (clock().is_manual()) service_->clock().withdraw(&wait);
      }
    }
  }

  deadline_service* service_;
  std::unique_ptr<std::array<timer, 2>> own_timers_;  // if no service can watch the deadlines
  std::mutex mutex_;
  std::atomic<bool> was_filed_ = false;
  std::atomic<bool> is_ending_ = false;
  postponed postponed_;
  std::uint16_t overtaken_ = 0;
  std::shared_ptr<deadline_owner> kept_;
  executor_type executor_;
  struct no_pause {};
  [[no_unique_address]] std::conditional_t<may_pause, std::unique_ptr<timer>, no_pause>
      pause_;  // between the attempts of a connect
  Socket socket_;
  stream_fsm fsm_;
  deadlines deadlines_;
  std::array<net::cancellation_signal, 2> signals_;
  [[no_unique_address]] rate_control<RatePolicy, timer> rate_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_STATE_H
