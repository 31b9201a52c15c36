// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_ALARM_H
#define TIMED_URING_DETAIL_LOOP_ALARM_H

#include <atomic>
#include <chrono>

#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

/// What a loop calls at a set time. It does not count as outstanding work.
class alarm {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The time has come. Called by the loop, on its thread.
  /// @param now The time when the loop found that; it has called the handlers that were ready then.
  virtual void on_time(time_point now) noexcept = 0;
  /// `loop::request_alarm()` was called. Called by the loop, on its thread.
  virtual void on_request() noexcept = 0;

 protected:
  ~alarm() = default;
};

/// A loop's alarm, its time, and its entry in the queue of ready handlers.
class alarm_slot {
 public:
  using time_point = alarm::time_point;

  void set(alarm* which) noexcept { alarm_.store(which, std::memory_order_release); }

  /// @name Called by the loop's owner.
  /// @{
  time_point time() const noexcept { return time_; }
  void set_time(time_point when) noexcept { time_ = when; }

  /// Calls the alarm, if that was requested.
  void answer_request() noexcept {
    if (!is_requested_.load(std::memory_order_relaxed)) return;
    if (!is_requested_.exchange(false, std::memory_order_acquire)) return;
    if (alarm* const which = alarm_.load(std::memory_order_acquire)) which->on_request();
  }

  /// Calls the alarm if its time has come: at once, or after the handlers that are ready.
  void on_time(time_point now, operation_queue& ready) noexcept {
    if (time_ > now) return;
    time_ = time_point::max();
    if (ready.empty()) return call(now);
    if (entry_.is_queued) return;
    entry_.is_queued = true;
    entry_.found_at = now;
    ready.push(entry_);
  }

  /// Whether an operation stands for the alarm. It is no handler and no work.
  bool is_entry(const operation& op) const noexcept { return &op == &entry_; }
  /// @}

  /// @name Called by any thread.
  /// @{
  void request() noexcept { is_requested_.store(true, std::memory_order_seq_cst); }
  bool is_requested() const noexcept { return is_requested_.load(std::memory_order_seq_cst); }
  /// @}

 private:
  // The alarm's place among the handlers that are ready.
  class entry final : public operation {
   public:
    explicit entry(alarm_slot& owner) noexcept : operation(&entry::run), owner_(owner) {}
    bool is_queued = false;
    time_point found_at;

   private:
    static void run(operation* base, bool is_called) {
      auto& self = *static_cast<entry*>(base);
      self.is_queued = false;
      if (is_called) self.owner_.call(self.found_at);
    }
    alarm_slot& owner_;
  };

  void call(time_point now) noexcept {
    if (alarm* const which = alarm_.load(std::memory_order_acquire)) which->on_time(now);
  }

  std::atomic<alarm*> alarm_ = nullptr;
  std::atomic<bool> is_requested_ = false;
  time_point time_ = time_point::max();
  entry entry_{*this};
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_ALARM_H
