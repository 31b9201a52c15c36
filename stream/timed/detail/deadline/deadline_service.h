// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_DEADLINE_SERVICE_H
#define TIMED_DETAIL_DEADLINE_DEADLINE_SERVICE_H

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/execution_context.hpp>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "timed/detail/counter.h"
#include "timed/detail/deadline/asymmetric_fence.h"
#include "timed/detail/deadline/deadline_queue.h"
#include "timed/detail/deadline/operation_slot.h"
#include "timed/detail/deadline/reserved_memory.h"
#include "timed/detail/time/clock_service.h"

namespace timed::detail {

namespace net = boost::asio;

/// A stream, as its `deadline_service` sees it.
class expiry_listener : public std::enable_shared_from_this<expiry_listener> {
 public:
  /// Called by the service when the deadline of an operation has passed, and the operation has been
  /// claimed; with no lock held, on a thread that runs the context. Dispatches the expiry to the
  /// stream's executor.
  /// @param now A time that the clock has reached, and that is not before the deadline.
  virtual void on_expiry(operation_slot& slot, operation_slot::operation_id id,
                         std::chrono::steady_clock::time_point now) noexcept = 0;

 protected:
  ~expiry_listener() = default;
};

/// What calls a `deadline_service` in time, by means of the execution context that it belongs to.
class deadline_driver {
 public:
  virtual ~deadline_driver() = default;

  /// Schedules the call of `deadline_service::on_timer()` for `when`, in place of an earlier
  /// request. The wait does not count as outstanding work. To be called only within a call that the
  /// driver has made: elsewhere the context might have no work, and stop.
  virtual void schedule(std::chrono::steady_clock::time_point when) = 0;

  /// Has a thread that runs the context call `deadline_service::rearm()` soon.
  virtual void request_rearm() = 0;
};

/// The deadlines of all streams of an execution context. One in each context; without a driver it
/// does nothing. Thread-safe. Operations use it only to file a deadline, which is rare.
class deadline_service : public net::execution_context::service {
 public:
  using clock_type = std::chrono::steady_clock;
  using key_type = deadline_service;

  // One for the whole program, also where libraries are compiled with hidden visibility.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  explicit deadline_service(net::execution_context& context)
      : net::execution_context::service(context),
        clock_(net::use_service<clock_service>(context)),
        queue_(nanoseconds_of(clock_type::now())) {}

  /// The clock of the same context.
  clock_service& clock() const noexcept { return clock_; }

  /// Memory for the driver's handlers, some of which outlive the driver.
  reserved_memory& memory() noexcept { return memory_; }

  static constexpr deadline_node::nanoseconds nanoseconds_of(clock_type::time_point when) {
    static_assert(std::is_same_v<clock_type::period, std::nano>);
    return when.time_since_epoch().count();
  }
  static constexpr clock_type::time_point time_point_of(deadline_node::nanoseconds when) {
    return clock_type::time_point(clock_type::duration(when));
  }

  /// Installs the driver that `make_driver(*this)` returns, unless there is one already.
  template <class MakeDriver>
  void install_driver(MakeDriver make_driver) {
    const std::lock_guard lock(mutex_);
    if (!driver_) driver_ = make_driver(*this);
  }

  /// Files a deadline that an operation has set, and has the driver's timer rearmed if necessary.
  /// @throws std::bad_alloc; the deadline is then not filed.
  void file(operation_slot& slot) {
    const std::lock_guard lock(mutex_);
    if (!driver_ || slot.deadline() == deadline_node::none) return;
    queue_.file(slot, nanoseconds_of(clock_type::now()));
    filed_.add();
    assert(slot.filed_until() != deadline_node::none);
    if (slot.filed_until() >= scheduled_for_ || ensure_rearm()) return;
    queue_.remove(slot);
    throw std::bad_alloc();
  }

  /// The same, but if the driver has no memory, the deadline is checked along with the next one.
  void file_again(operation_slot& slot) noexcept {
    const std::lock_guard lock(mutex_);
    if (!driver_ || slot.deadline() == deadline_node::none) return;
    queue_.file(slot, nanoseconds_of(clock_type::now()));
    if (slot.filed_until() < scheduled_for_) (void)ensure_rearm();
  }

  /// An operation reports a timeout.
  void count_timeout() noexcept { timeouts_.fetch_add(1, std::memory_order_relaxed); }

  std::uint64_t timeouts() const noexcept { return timeouts_.load(std::memory_order_relaxed); }
  std::uint64_t deadlines_filed() const noexcept { return filed_.value(); }

  /// Removes a deadline from the queue, before its slot is destroyed.
  void remove(operation_slot& slot) noexcept {
    const std::lock_guard lock(mutex_);
    queue_.remove(slot);
  }

  /// Schedules the driver's timer for the earliest deadline. Called by the driver, as it was
  /// requested.
  void rearm() noexcept {
    const std::lock_guard lock(mutex_);
    rearm_is_requested_ = false;
    schedule_next();
  }

  /// Has the streams act on the deadlines that have passed. Called by the driver.
  /// @param now The time as of which they have passed. The handlers that were ready then have been
  ///     called since, or are being called on other threads.
  void on_timer(clock_type::time_point now) noexcept {
    std::size_t reported = 0;
    int batches_left = batches_max;
    for (bool more = true; more;) {
      expired_batch batch;
      {
        const std::lock_guard lock(mutex_);
        scheduled_for_ = timer_is_running;
        collect_expired(batch, nanoseconds_of(now));
        reported += batch.size;
        const bool any_left = queue_.any_due() || queue_.next_wakeup() <= nanoseconds_of(now);
        more = any_left && reported < reported_max && --batches_left > 0;
        if (!more) {
          scheduled_for_ = deadline_node::none;
          schedule_next();
        }
      }
      for (std::size_t i = 0; i < batch.size; ++i) {
        const expired each = std::move(batch.entries[i]);
        each.stream->on_expiry(*each.slot, each.id, now);
      }
    }
  }

 private:
  struct expired {
    std::shared_ptr<expiry_listener> stream;
    operation_slot* slot = nullptr;
    operation_slot::operation_id id = 0;
  };
  struct expired_batch {
    std::array<expired, 64> entries;
    std::size_t size = 0;
  };

  // Maximum number of deadlines that are checked in one batch, with the mutex locked.
  static constexpr std::size_t checked_max = 512;
  // The service yields to other handlers of the context after this many batches, or after the batch
  // that reaches this number of reported expiries.
  static constexpr int batches_max = 8;
  static constexpr std::size_t reported_max = 256;
  // The value of `scheduled_for_` while `on_timer()` is running, which will find what is filed
  // meanwhile before it schedules the timer.
  static constexpr deadline_node::nanoseconds timer_is_running = 0;

  void collect_expired(expired_batch& batch, deadline_node::nanoseconds now) {
    // One slot of the queue after the other, as many as can be checked: so the nodes of very many
    // that are late are still in the cache when they are taken.
    std::size_t made_due = 0;
    for (bool more = !queue_.any_due(); more;) {
      const auto until = std::min(now, queue_.next_wakeup());
      queue_.advance(until, [now, &made_due](deadline_node& node) {
        auto& slot = static_cast<operation_slot&>(node);
        if (slot.deadline() <= now) slot.claim_current();
        ++made_due;
      });
      more = until < now && made_due < checked_max;
    }
    // The counterpart of the light fences: an operation that starts sets its deadline and then
    // checks whether it is filed; one that finishes becomes idle and then checks whether it was
    // claimed.
    if (made_due != 0) asymmetric_fence::heavy();
    for (std::size_t left = checked_max; left > 0 && batch.size < batch.entries.size(); --left) {
      deadline_node* const node = queue_.take_due();
      if (node == nullptr) return;
      auto& slot = static_cast<operation_slot&>(*node);
      const auto operation = slot.now();
      if (!operation.is_outstanding() || slot.deadline() == deadline_node::none) continue;
      // The deadline was moved, or the claim is that of an earlier operation: checked another time.
      if (slot.deadline() > now || slot.claimed() != operation.id()) {
        queue_.file(slot, now);
        continue;
      }
      assert(slot.stream != nullptr);
      auto stream = slot.stream->weak_from_this().lock();  // null if it is being destroyed
      if (stream) batch.entries[batch.size++] = {std::move(stream), &slot, operation.id()};
    }
  }

  void schedule_next() noexcept {
    const auto when = queue_.any_due() ? nanoseconds_of(clock_type::now()) : queue_.next_wakeup();
    if (!driver_ || when >= scheduled_for_) return;
    try {
      driver_->schedule(time_point_of(when));
      scheduled_for_ = when;
    } catch (...) {
      // The wait's own memory is reserved, but the context's timers share a list, which may have to
      // grow. It is tried again after other handlers.
      scheduled_for_ = deadline_node::none;
      (void)ensure_rearm();
    }
  }

  // Requests a call of `rearm()`, unless one is requested already; returns whether one is.
  bool ensure_rearm() noexcept {
    if (rearm_is_requested_) return true;
    try {
      driver_->request_rearm();
    } catch (...) {
      return false;
    }
    rearm_is_requested_ = true;
    return true;
  }

  void shutdown() override {
    // The driver is destroyed before the timer service that it uses, and without the mutex.
    std::unique_ptr<deadline_driver> destroyed;
    const std::lock_guard lock(mutex_);
    queue_.clear();
    assert(!queue_.any_due() && queue_.next_wakeup() == deadline_node::none);
    destroyed = std::move(driver_);
  }

  clock_service& clock_;
  reserved_memory memory_;
  std::atomic<std::uint64_t> timeouts_ = 0;
  std::mutex mutex_;  // protects all that follows
  counter filed_;     // may be read without the mutex
  deadline_node::nanoseconds scheduled_for_ = deadline_node::none;
  bool rearm_is_requested_ = false;
  std::unique_ptr<deadline_driver> driver_;
  deadline_queue queue_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_DEADLINE_SERVICE_H
