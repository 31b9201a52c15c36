// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIME_CLOCK_SERVICE_H
#define TIMED_DETAIL_TIME_CLOCK_SERVICE_H

#include <atomic>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "timed/detail/always_inline.h"
#include "timed/detail/cheap_clock.h"
#include "timed/detail/time/deadlines.h"
#include "timed/detail/time/handler_call.h"

namespace timed::detail {

namespace net = boost::asio;

/// Returns the execution context of an executor, with properties or as in the Networking TS.
template <class Executor>
net::execution_context& context_of(const Executor& executor) {
  if constexpr (net::can_query<const Executor&, net::execution::context_t>::value) {
    return net::query(executor, net::execution::context);
  } else {
    return executor.context();
  }
}

/// The time for the deadlines of an execution context: the steady clock, or, once there is a
/// `manual_clock`, what the program sets. One in each context.
///
/// Under manual time, deadlines are filed here instead of timers being waited on. As that is for
/// tests, it is simple: a map, and an allocation for each deadline.
///
/// Thread-safe.
class clock_service : public net::execution_context::service {
 public:
  using clock_type = std::chrono::steady_clock;
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;
  using key_type = clock_service;

  // One for the whole program, also where libraries are compiled with hidden visibility.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  explicit clock_service(net::execution_context& context)
      : net::execution_context::service(context) {}

  /// Returns whether time is manual. It never becomes real time again.
  bool is_manual() const noexcept { return manual_.load(std::memory_order_acquire); }

  /// Returns whether time is manual in any context of the program.
  static bool any_is_manual() noexcept { return any_is_manual_.load(std::memory_order_acquire); }

  time_point now() const noexcept {
    if (is_manual()) [[unlikely]] {
      return time_point(duration(manual_now_.load(std::memory_order_acquire)));
    }
    return clock_type::now();
  }

  /// Returns when a timeout that begins now ends; never early.
  time_point after(duration timeout) const noexcept {
    const time_point quick = cheap_clock::after(timeout);
    return quick != deadlines::passed() ? quick : deadlines::after(now(), timeout);
  }

  /// Returns the same if the cheap clock is precise enough, else `deadlines::passed()`.
  TIMED_ALWAYS_INLINE static time_point cheaply_after(duration timeout) noexcept {
    return cheap_clock::after(timeout);
  }

  /// Returns the same as `after()` of the context of `executor`, whose service is looked up only if
  /// time is manual in any context of the program.
  template <class Executor>
  static time_point after_for(const Executor& executor, duration timeout) {
    if (any_is_manual())
      return net::use_service<clock_service>(context_of(executor)).after(timeout);
    return after_in_real_time(timeout);
  }

  static time_point after_in_real_time(duration timeout) noexcept {
    const time_point quick = cheap_clock::after(timeout);
    return quick != deadlines::passed() ? quick : deadlines::after(clock_type::now(), timeout);
  }

  /// Returns whether the cheap clock shows that the deadline has not passed. False if in doubt.
  [[gnu::noinline]] static bool is_surely_before(time_point deadline) noexcept {
    return !any_is_manual() && cheap_clock::upper_bound() < deadline;
  }

  /// Stops the clock. From then on only `advance_to()` moves it.
  void make_manual() {
    const std::lock_guard lock(mutex_);
    if (is_manual()) return;
    manual_now_.store(clock_type::now().time_since_epoch().count(), std::memory_order_release);
    manual_.store(true, std::memory_order_release);
    any_is_manual_.store(true, std::memory_order_release);
    cheap_clock::disable();
    handler_call::forget();
  }

  /// Files a function that is called when manual time reaches `when`, in place of one that was
  /// filed with the same key before. Calls it immediately if that time has passed.
  void file(const void* entry_key, time_point when, std::function<void()> on_due) {
    std::function<void()> replaced;  // destroyed after the mutex is unlocked
    {
      const std::lock_guard lock(mutex_);
      if (when > now()) {
        filed& entry = filed_[entry_key];
        replaced = std::exchange(entry.on_due, std::move(on_due));
        entry.when = when;
        return;
      }
    }
    withdraw(entry_key);
    on_due();
  }

  /// Withdraws the function that was filed with the key, if any.
  void withdraw(const void* entry_key) {
    std::function<void()> withdrawn;
    const std::lock_guard lock(mutex_);
    const auto found = filed_.find(entry_key);
    if (found == filed_.end()) return;
    withdrawn = std::move(found->second.on_due);
    filed_.erase(found);
  }

  /// Returns the earliest time for which a function is filed.
  std::optional<time_point> next() const {
    const std::lock_guard lock(mutex_);
    std::optional<time_point> earliest;
    for (const auto& [entry_key, entry] : filed_) {
      if (!earliest || entry.when < *earliest) earliest = entry.when;
    }
    return earliest;
  }

  /// Moves manual time, and calls the functions filed for a time that it has reached.
  void advance_to(time_point when) {
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      if (when < now()) throw std::invalid_argument("timed::manual_clock: time cannot go back");
      manual_now_.store(when.time_since_epoch().count(), std::memory_order_release);
      for (auto each = filed_.begin(); each != filed_.end();) {
        if (each->second.when > when) {
          ++each;
          continue;
        }
        due.push_back(std::move(each->second.on_due));
        each = filed_.erase(each);
      }
    }
    for (const auto& on_due : due) on_due();
  }

 private:
  struct filed {
    time_point when;
    std::function<void()> on_due;
  };

  void shutdown() override {
    std::map<const void*, filed> abandoned;  // destroyed after the unlock: may withdraw others
    const std::lock_guard lock(mutex_);
    abandoned.swap(filed_);
  }

  [[gnu::visibility("default")]] inline static std::atomic<bool> any_is_manual_ = false;

  std::atomic<bool> manual_ = false;
  std::atomic<duration::rep> manual_now_ = 0;
  mutable std::mutex mutex_;
  std::map<const void*, filed> filed_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_TIME_CLOCK_SERVICE_H
