// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_SERVICE_H
#define TIMED_DETAIL_DEADLINE_SERVICE_H

#include <array>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "timed/detail/asymmetric_fence.h"
#include "timed/detail/clock_service.h"
#include "timed/detail/deadline_queue.h"
#include "timed/detail/reserved_memory.h"
#include "timed/detail/stream_fsm.h"

namespace timed::detail {

namespace net = boost::asio;

/// A stream, as seen from where its deadlines are watched.
class deadline_owner : public std::enable_shared_from_this<deadline_owner> {
 public:
  /// The deadline of an operation has passed, and the operation has been claimed. It is to be acted
  /// upon on the stream's own executor, not in here. Called with no lock held.
  virtual void deadline_passed(operation_slot& slot, operation_slot::ticket owner) noexcept = 0;

 protected:
  ~deadline_owner() = default;
};

/// What wakes a `deadline_service` up, by means of the execution context that it belongs to.
class deadline_driver {
 public:
  virtual ~deadline_driver() = default;

  /// Calls `deadline_service::on_wakeup()` at `when`, instead of when it was asked for before, and
  /// without keeping the context at work until then. Called only on a thread that runs the context,
  /// by what the driver itself has called: elsewhere the context might have no work, and stop.
  virtual void wake_at(std::chrono::steady_clock::time_point when) = 0;

  /// Has a thread that runs the context call `deadline_service::on_earlier()` soon.
  virtual void post_earlier() = 0;
};

/// Watches the deadlines of all streams of an execution context that has a driver. There is one in
/// each context. Thread-safe; operations come here only to file a deadline, which is rare.
class deadline_service : public net::execution_context::service {
 public:
  using clock_type = std::chrono::steady_clock;
  using key_type = deadline_service;

  // Visible: one for libraries that are compiled with hidden visibility, too.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  explicit deadline_service(net::execution_context& context)
      : net::execution_context::service(context),
        clock_(net::use_service<clock_service>(context)),
        queue_(nanoseconds_of(clock_type::now())) {}

  /// The clock of the same context.
  clock_service& clock() const noexcept { return clock_; }

  /// For the driver's handlers, some of which outlive it.
  reserved_memory& memory() noexcept { return memory_; }

  static constexpr deadline_node::nanoseconds nanoseconds_of(clock_type::time_point when) {
    static_assert(std::is_same_v<clock_type::period, std::nano>);
    return when.time_since_epoch().count();
  }
  static constexpr clock_type::time_point time_point_of(deadline_node::nanoseconds when) {
    return clock_type::time_point(clock_type::duration(when));
  }

  /// @param make_driver Makes the driver, if there is none yet.
  template <class MakeDriver>
  void drive_by(MakeDriver make_driver) {
    const std::lock_guard lock(mutex_);
    if (!driver_) driver_ = make_driver(*this);
  }

  /// Files a deadline that an operation has set, and sees to it that it will be looked at in time.
  /// @throws std::bad_alloc; it is then not filed.
  void file(operation_slot& slot) {
    const std::lock_guard lock(mutex_);
    if (!driver_ || slot.deadline() == deadline_node::none) return;
    queue_.file(slot, nanoseconds_of(clock_type::now()));
    if (slot.filed_until() >= wakes_at_ || wake_earlier()) return;
    queue_.remove(slot);
    throw std::bad_alloc();
  }

  /// Likewise, but if there is no memory, it is looked at when another one is.
  void file_again(operation_slot& slot) noexcept {
    const std::lock_guard lock(mutex_);
    if (!driver_ || slot.deadline() == deadline_node::none) return;
    queue_.file(slot, nanoseconds_of(clock_type::now()));
    if (slot.filed_until() < wakes_at_) (void)wake_earlier();
  }

  /// Takes a deadline out, for good.
  void remove(operation_slot& slot) noexcept {
    const std::lock_guard lock(mutex_);
    queue_.remove(slot);
  }

  /// Called by the driver: something was filed that is earlier than the next wake-up.
  void on_earlier() noexcept {
    const std::lock_guard lock(mutex_);
    earlier_is_posted_ = false;
    wake_in_time();
  }

  /// Called by the driver: looks at what may have passed.
  void on_wakeup() noexcept {
    std::size_t handed_over = 0;
    int batches_left = batches_max;
    for (bool more = true; more;) {
      expired_batch batch;
      {
        const std::lock_guard lock(mutex_);
        wakes_at_ = is_awake;
        take_expired(batch);
        handed_over += batch.size;
        more = queue_.any_due() && handed_over < handed_over_max && --batches_left > 0;
        if (!more) {
          wakes_at_ = deadline_node::none;
          wake_in_time();
        }
      }
      for (std::size_t i = 0; i < batch.size; ++i) {
        const expired each = std::move(batch.entries[i]);
        each.stream->deadline_passed(*each.slot, each.owner);
      }
    }
  }

 private:
  struct expired {
    std::shared_ptr<deadline_owner> stream;
    operation_slot* slot = nullptr;
    operation_slot::ticket owner = 0;
  };
  struct expired_batch {
    std::array<expired, 64> entries;
    std::size_t size = 0;
  };

  // A batch is what is looked at before others who want to file something have a turn; besides what
  // the queue itself does, which makes due at once all of the slots that have come up.
  static constexpr int looked_at_max = 512;
  // Other handlers of the context have a turn after so many batches, or behind the one by which so
  // many expiries have been handed over.
  static constexpr int batches_max = 8;
  static constexpr std::size_t handed_over_max = 256;
  // In `wakes_at_`: what is filed meanwhile will be seen before it sleeps.
  static constexpr deadline_node::nanoseconds is_awake = 0;

  void take_expired(expired_batch& batch) {
    const auto now = nanoseconds_of(clock_type::now());
    const bool any = queue_.advance(now, [now](deadline_node& node) {
      auto& slot = static_cast<operation_slot&>(node);
      if (slot.deadline() <= now) slot.claim_present();
    });
    // Operations that start set their deadline, and then see whether it is filed; operations that
    // finish leave their slot, and then see whether they were claimed.
    if (any) asymmetric_fence::heavy();
    for (int left = looked_at_max; left > 0 && batch.size < batch.entries.size(); --left) {
      deadline_node* const node = queue_.take_due();
      if (node == nullptr) return;
      auto& slot = static_cast<operation_slot&>(*node);
      const auto occupant = slot.now();
      if (!occupant.is_outstanding() || slot.deadline() == deadline_node::none) continue;
      if (slot.deadline() > now || slot.claimed() != occupant.owner()) {
        queue_.file(slot, now);
        continue;
      }
      auto stream = slot.stream->weak_from_this().lock();  // null if it is about to be destroyed
      if (stream) batch.entries[batch.size++] = {std::move(stream), &slot, occupant.owner()};
    }
  }

  void wake_in_time() noexcept {
    const auto when = queue_.any_due() ? nanoseconds_of(clock_type::now()) : queue_.next_wakeup();
    if (!driver_ || when >= wakes_at_) return;
    try {
      driver_->wake_at(time_point_of(when));
      wakes_at_ = when;
    } catch (...) {
      // The wait's own memory is reserved, but the context's timers have a list in common, which
      // may have to grow. It is tried again when other handlers have had their turn.
      wakes_at_ = deadline_node::none;
      (void)wake_earlier();
    }
  }

  // @return Whether the driver will come to `on_earlier()`.
  bool wake_earlier() noexcept {
    if (earlier_is_posted_) return true;
    try {
      driver_->post_earlier();
    } catch (...) {
      return false;
    }
    earlier_is_posted_ = true;
    return true;
  }

  void shutdown() override {
    // The driver has to go before the timers that it uses do.
    std::unique_ptr<deadline_driver> ended;
    const std::lock_guard lock(mutex_);
    queue_.clear();
    ended = std::move(driver_);
  }

  clock_service& clock_;
  reserved_memory memory_;
  std::mutex mutex_;
  deadline_node::nanoseconds wakes_at_ = deadline_node::none;
  bool earlier_is_posted_ = false;
  std::unique_ptr<deadline_driver> driver_;
  deadline_queue queue_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_SERVICE_H
