// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_DEADLINE_WATCH_H
#define TIMED_DETAIL_STATE_DEADLINE_WATCH_H

#include <array>
#include <atomic>
#include <boost/asio/execution_context.hpp>
#include <cassert>
#include <functional>
#include <memory>
#include <utility>

#include "timed/detail/deadline/deadline_queue.h"
#include "timed/detail/deadline/deadline_service.h"
#include "timed/detail/deadline/operation_slot.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/detail/time/clock_service.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// The means by which a stream learns that a deadline has passed: the execution context's
/// `deadline_service`. Where the type of executor is not recognised, so that the service has no
/// driver, there is a timer for each direction instead. Under manual time, the deadline is filed
/// with the clock.
template <class Socket>
class deadline_watch {
 public:
  using executor_type = typename Socket::executor_type;
  using time_point = clock_service::time_point;
  using timer = typename socket_traits<Socket>::timer;

  explicit deadline_watch(const executor_type& executor)
      : service_(&net::use_service<deadline_service>(context_of(executor))) {
    if (!socket_traits<Socket>::install_driver(executor, *service_)) {
      own_timers_.reset(new std::array<timer, 2>{timer(executor), timer(executor)});
    }
  }

  clock_service& clock() const noexcept { return service_->clock(); }
  net::execution_context& context() const noexcept { return service_->context(); }

  /// An operation reports a timeout.
  void count_timeout() noexcept { service_->count_timeout(); }

  bool has_timers() const noexcept { return own_timers_ != nullptr; }

  /// Returns whether the service watches deadlines. Then a deadline has to be filed only if its
  /// node is not filed, or filed for a later time.
  bool is_by_service() const noexcept { return !has_timers() && !clock_service::any_is_manual(); }

  /// Returns whether the service would check the node too late for a deadline.
  static bool is_filed_too_late(const operation_slot& slot, time_point deadline) noexcept {
    return slot.filed_for() > deadline_service::nanoseconds_of(deadline);
  }

  /// Files the node with the service, if it needs that.
  /// @throws std::bad_alloc
  void file(operation_slot& slot) {
    if (slot.filed_for() <= slot.deadline()) [[likely]]
      return;
    const auto now = deadline_service::nanoseconds_of(deadline_service::clock_type::now());
    if (!deadline_queue::needs_filing(slot, now)) return;
    was_filed_.store(true, std::memory_order_relaxed);
    service_->file(slot);
  }

  /// Has the service report an expiry again.
  void file_again(operation_slot& slot) noexcept {
    if (has_timers()) return;
    was_filed_.store(true, std::memory_order_relaxed);
    service_->file_again(slot);
  }

  /// Files the deadline with the manual clock, in place of an earlier one.
  /// @throws std::bad_alloc
  void file_with_clock(operation_slot& slot, time_point deadline, std::function<void()> on_expiry) {
    assert(clock().is_manual());
    clock().file(&slot, deadline, std::move(on_expiry));
  }

  /// Waits on the direction's timer, in place of an earlier wait. No deadline: only ends the wait.
  /// @throws std::bad_alloc
  template <class Handler>
  void wait_on_timer(direction which, time_point deadline, Handler&& handler) {
    assert(has_timers());
    timer& wait = (*own_timers_)[index_of(which)];
    wait.expires_at(deadline);  // cancels a wait for an older deadline
    if (deadline != time_point::max()) wait.async_wait(std::forward<Handler>(handler));
  }

  /// Ends what `file_with_clock()` or `wait_on_timer()` has begun.
  void stop(direction which, operation_slot& slot) {
    if (has_timers()) (*own_timers_)[index_of(which)].cancel();
    if (clock().is_manual()) clock().withdraw(&slot);
  }

  /// Removes the node from the service, before it is destroyed.
  void remove(operation_slot& slot) noexcept {
    if (was_filed_.load(std::memory_order_relaxed)) service_->remove(slot);
  }

 private:
  deadline_service* service_;
  std::unique_ptr<std::array<timer, 2>> own_timers_;
  std::atomic<bool> was_filed_ = false;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_DEADLINE_WATCH_H
