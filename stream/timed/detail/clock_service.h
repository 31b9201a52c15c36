// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_CLOCK_SERVICE_H
#define TIMED_DETAIL_CLOCK_SERVICE_H

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

#include "timed/detail/cheap_clock.h"
#include "timed/detail/deadlines.h"
#include "timed/detail/handler_call.h"

namespace timed::detail {

namespace net = boost::asio;

/// @return The execution context of an executor of either of Asio's two kinds.
template <class Executor>
net::execution_context& context_of(const Executor& executor) {
  if constexpr (net::can_query<const Executor&, net::execution::context_t>::value) {
    return net::query(executor, net::execution::context);
  } else {
    return executor.context();
  }
}

/// What time it is for the deadlines of an execution context: that of the steady clock, or, once
/// a `manual_clock` has taken over, what the program says. There is one in each context.
///
/// Under manual time deadlines are not waited for by timers but filed here. That is for tests, so
/// it is simple: a map, and an allocation for each.
///
/// Thread-safe.
class clock_service : public net::execution_context::service {
 public:
  using clock_type = std::chrono::steady_clock;
  using duration = clock_type::duration;
  using time_point = clock_type::time_point;
  using key_type = clock_service;

  // Visible: one for libraries that are compiled with hidden visibility, too.
  [[gnu::visibility("default")]] inline static net::execution_context::id id;

  explicit clock_service(net::execution_context& context)
      : net::execution_context::service(context) {}

  /// @return Whether time is manual. It then stays so.
  bool is_manual() const noexcept { return manual_.load(std::memory_order_acquire); }

  /// @return Whether time is manual in any context of the program.
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

  /// Returns the same if a cheap clock will do for that, else `deadlines::passed()`.
  [[gnu::always_inline]] static time_point cheaply_after(duration timeout) noexcept {
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

  /// Returns whether the time is surely before the deadline. It may be, even if not.
  [[gnu::noinline]] static bool is_surely_before(time_point deadline) noexcept {
    return !any_is_manual() && cheap_clock::upper_bound() < deadline;
  }

  /// Stops the clock, which from now on only `advance_to` moves.
  void make_manual() {
    const std::lock_guard lock(mutex_);
    if (is_manual()) return;
    manual_now_.store(clock_type::now().time_since_epoch().count(), std::memory_order_release);
    manual_.store(true, std::memory_order_release);
    any_is_manual_.store(true, std::memory_order_release);
    cheap_clock::disable();
    handler_call::forget();
  }

  /// Files what is to be called when manual time reaches `when`, in place of what was filed for
  /// the same owner before. If that is past, it is called at once.
  void file(const void* owner, time_point when, std::function<void()> on_due) {
    std::function<void()> replaced;  // to be destroyed when the mutex is free again
    {
      const std::lock_guard lock(mutex_);
      if (when > now()) {
        filed& entry = filed_[owner];
        replaced = std::exchange(entry.on_due, std::move(on_due));
        entry.when = when;
        return;
      }
    }
    withdraw(owner);
    on_due();
  }

  /// Takes back what was filed for the owner, if anything.
  void withdraw(const void* owner) {
    std::function<void()> withdrawn;
    const std::lock_guard lock(mutex_);
    const auto found = filed_.find(owner);
    if (found == filed_.end()) return;
    withdrawn = std::move(found->second.on_due);
    filed_.erase(found);
  }

  /// @return The earliest time that something is filed for.
  std::optional<time_point> next() const {
    const std::lock_guard lock(mutex_);
    std::optional<time_point> earliest;
    for (const auto& [owner, entry] : filed_) {
      if (!earliest || entry.when < *earliest) earliest = entry.when;
    }
    return earliest;
  }

  /// Moves manual time, and calls what has fallen due.
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
    std::map<const void*, filed> abandoned;  // whose destruction may withdraw others
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

#endif  // TIMED_DETAIL_CLOCK_SERVICE_H
