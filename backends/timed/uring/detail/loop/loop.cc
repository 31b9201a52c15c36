// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/loop.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/cheap_clock.h"
#include "timed/uring/detail/loop/loop_errors.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {
namespace {

using namespace std::chrono_literals;
using timed::detail::cheap_clock;

// Number of handlers that are called before the kernel is polled, if they keep making each other
// ready.
constexpr unsigned handlers_per_poll_max = 128;

options refuse_other_contexts() {
  throw std::invalid_argument(
      "timed::uring: this executor belongs to a context that does not run the streams, sockets and "
      "timers of timed::uring. With the backend io_uring_native use a timed::backend::io_context, "
      "otherwise a timed::uring::io_context");
}

}  // namespace

// Runs the loop on this thread while it lives. That may be within one of the loop's handlers.
class loop::runner {
 public:
  explicit runner(loop& run) : loop_(run), is_nested_(run.is_running_here()) {
    if (!is_nested_) loop_.ownership_.acquire();
    loop_.ownership_.enter(frame_);
    if (is_nested_) return;
    try {
      loop_.bind_to_this_thread();
    } catch (...) {
      loop_.ownership_.leave(frame_);
      loop_.ownership_.release();
      throw;
    }
  }
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  ~runner() {
    if (!is_nested_) {
      loop_.take_incoming();
      if (loop_.submissions_.may_have_unsubmitted_write()) loop_.submit_started();
      loop_.drain_cq_overflow();
    }
    loop_.ownership_.leave(frame_);
    if (is_nested_) {
      loop_.handlers_since_poll_ = handlers_per_poll_max;  // The outer one may have to throw.
      return;
    }
    (void)loop_.work_.fold();
    loop_.ownership_.release();
    if (loop_.work_.is_zero_if_folded()) loop_.stop();
  }

  bool is_nested() const noexcept { return is_nested_; }

  // Throws what functions have thrown that were called within a handler.
  void rethrow() {
    if (!frame_.captured) return;
    std::exception_ptr first = std::exchange(frame_.captured, nullptr);
    if (frame_.has_captured_several) throw net::multiple_exceptions(std::move(first));
    std::rethrow_exception(std::move(first));
  }

 private:
  loop& loop_;
  const bool is_nested_;
  run_ownership::frame frame_;
};

loop::scoped_ownership::scoped_ownership(loop& owned) noexcept
    : loop_(owned), is_nested_(owned.is_running_here()) {
  if (is_nested_ || owned.is_shut_down_ || !owned.ownership_.try_borrow()) return;
  is_owner_ = true;
  had_work_ = !owned.work_.is_zero_if_folded();
  owned.ownership_.enter(frame_);
}

loop::scoped_ownership::~scoped_ownership() {
  if (!is_owner_) return;
  loop_.ownership_.leave(frame_);
  (void)loop_.work_.fold();
  loop_.ownership_.release();
  // A thread that has finished the last work meanwhile has left this to the owner.
  if (had_work_ && loop_.work_.is_zero_if_folded()) loop_.stop();
}

// Has the loop's ring registered with this thread. Worth its two system calls for a run without a
// limit only.
class loop::registration {
 public:
  explicit registration(loop* registered) : loop_(registered) {
    if (loop_ != nullptr) loop_->submissions_.get_ring().register_with_thread();
  }
  registration(const registration&) = delete;
  registration& operator=(const registration&) = delete;
  ~registration() {
    if (loop_ != nullptr) loop_->submissions_.get_ring().unregister();
  }

 private:
  loop* const loop_;
};

loop::loop(net::execution_context& context, const options& wanted, kernel& system)
    : net::execution_context::service(context), kernel_(system), submissions_(system, wanted) {}

loop::loop(net::execution_context& context) : loop(context, refuse_other_contexts()) {}

loop::~loop() {
  (void)wakeup_.take_all();  // What was posted by services that have ended after this one.
}

ring_statistics loop::statistics() const noexcept {
  const ring_counters& rings = submissions_.counters();
  return {.mode = mode(),
          .operations = operations_.value(),
          .enters = rings.enters.value(),
          .submissions = rings.submissions.value(),
          .completions = rings.completions.value(),
          .copied_sends = copied_sends_.value(),
          .changes_of_thread = submissions_.replaced_rings()};
}

// ---- Running

TIMED_ALWAYS_INLINE inline void loop::call(operation& handler) {
  struct finisher {
    work_count& work;
    ~finisher() { work.finish_here(); }
  };
  const finisher at_end{work_};
  handler.complete();
}

std::size_t loop::run(std::size_t limit, time_point until) {
  runner here(*this);
  std::size_t count = 0;
  bool is_time_up = false;
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  const bool is_long = limit == all && until == time_point::max() && !here.is_nested();
  const registration registered(is_long ? this : nullptr);
  while (count < limit && !is_stopped()) {
    if (handlers_since_poll_ >= handlers_per_poll_max) {
      here.rethrow();
      enter_kernel(time_point::min());
      take_incoming();
      const bool is_bounded = until != time_point::min() && until != time_point::max();
      if (is_bounded && clock::now() >= until) break;
    }
    if (operation* const handler = ready_.pop()) {
      if (alarm_.is_entry(*handler)) [[unlikely]] {
        handler->complete();
        continue;
      }
      ++count;
      ++handlers_since_poll_;
      call(*handler);
      continue;
    }
    take_incoming();
    if (!ready_.empty()) continue;
    if (work_.fold() == 0) {
      stop();
      break;
    }
    if (is_time_up) break;
    enter_kernel(until);
    is_time_up = until == time_point::min() ? !may_have_more_completions_
                                            : until != time_point::max() && clock::now() >= until;
  }
  here.rethrow();
  return count;
}

void loop::capture_exception() noexcept {
  ownership_.capture_exception();
  handlers_since_poll_ = handlers_per_poll_max;  // So that run() throws it soon.
}

void loop::stop() noexcept {
  is_stopped_.store(true, std::memory_order_seq_cst);
  wakeup_.interrupt();
}

void loop::work_finished() noexcept {
  if (is_running_here()) return work_.finish_here();
  // The number is exact while the loop sleeps or has no owner; otherwise the owner looks at it.
  if (!work_.finish_elsewhere()) return;
  if (ownership_.is_held()) {
    wakeup_.interrupt();
  } else {
    stop();
  }
}

// ---- The kernel

void loop::enter_kernel(time_point until) {
  TIMED_URING_ASSERT(is_running_here() && (ownership_.is_bound_here() || is_orphan_));
  handlers_since_poll_ = 0;
  alarm_.answer_request();
  submissions_.submit_waiting();
  submissions_.retry_cancellations();
  const bool sleeps = may_sleep(until);
  const unsigned completions = fetch_completions(sleeps ? fall_asleep(until) : time_point::min());
  submissions_.on_entered();
  pending_flag_may_be_stale_ = completions == 0;
  send_policy_.on_polled(completions);
  check_timers();
}

// Not if completions are likely to follow without waiting.
bool loop::may_sleep(time_point until) noexcept {
  const bool has_prepared_write = submissions_.take_prepared_write();
  return until != time_point::min() && !has_prepared_write && !may_have_more_completions_ &&
         (pending_flag_may_be_stale_ || !submissions_.get_ring().completions_pending());
}

// @return Until when to wait; `time_point::min()` if not at all.
loop::time_point loop::fall_asleep(time_point until) noexcept {
  if (!wakeup_.is_armed()) {
    if (io_uring_sqe* const entry = submissions_.get_ring().prepare()) wakeup_.arm(*entry);
  }
  if (!ready_.empty() || !wakeup_.fall_asleep()) return time_point::min();
  // A thread that changes something from here on sees the loop asleep, and wakes it. What was
  // changed before is seen here.
  if (is_stopped_.load(std::memory_order_seq_cst) || alarm_.is_requested() || work_.is_zero()) {
    wakeup_.stay_awake();
    return time_point::min();
  }
  return wait_deadline(until);
}

loop::time_point loop::wait_deadline(time_point until) const noexcept {
  time_point earliest =
      std::min({until, timers_.earliest(std::memory_order_seq_cst), alarm_.time()});
  // What does not fit in the ring is tried again soon.
  if (!submissions_.fits_in_ring() || !wakeup_.is_armed()) {
    earliest = std::min(earliest, clock::now() + retry_delay);
  }
  // `time_point::min()` would mean not to wait, and the kernel takes no times before the clock's
  // epoch.
  return std::max(earliest, time_point(clock::duration(1)));
}

// One call, even if completions are left in the kernel: the next turn fetches them by the call that
// submits what the handlers of these have started.
unsigned loop::fetch_completions(time_point wake_at) {
  ring& from = submissions_.get_ring();
  const bool waits = wake_at != time_point::min();
  const int result = from.enter(wake_at);
  if (waits) wakeup_.stay_awake();
  const unsigned completions = take_completions();
  may_have_more_completions_ = from.may_have_more(completions);
  if (result < 0) handle_enter_error(-result, waits && completions == 0);
  return completions;
}

// What has completed but does not fit is fetched, for the thread that runs the loop next.
void loop::drain_cq_overflow() noexcept {
  ring& from = submissions_.get_ring();
  while (from.may_have_more(0)) {
    const int result = from.enter(time_point::min());
    take_completions();
    if (result < 0) return;
  }
}

void loop::handle_enter_error(int error, bool may_sleep) {
  switch (error) {
    case ETIME:
    case EINTR:
    case EBUSY:  // The completions did not fit, and now do.
      return;
    case EAGAIN:
    case ENOMEM:
      if (may_sleep) std::this_thread::sleep_for(retry_delay);
      return;
    default:
      if (is_orphan_) throw_orphaned();
      throw boost::system::system_error(
          error, boost::system::system_category(),
          "timed::uring::io_context: io_uring_enter failed for an unexpected reason");
  }
}

void loop::flush_submissions() noexcept {
  if (!is_running_here()) return;
  ring& to = submissions_.get_ring();
  for (bool more = true; more;) {
    const int result = to.enter(time_point::min());
    const unsigned taken = take_completions();
    more = result >= 0 && taken > 0 && to.may_have_more(taken);
  }
}

// A ring that no thread has enabled is enabled by this one.
void loop::submit_started() noexcept {
  take_incoming();
  if (!ownership_.is_bound() && submissions_.has_unsubmitted()) {
    try {
      bind_to_this_thread();
    } catch (...) {
      return;
    }
  }
  constexpr int failures_max = 3;
  constexpr int turns_max = 10'000;  // What is submitted may have to be submitted again each time.
  int failures = 0;
  for (int turns = 0; turns < turns_max && failures < failures_max; ++turns) {
    if (!submissions_.has_unsubmitted()) break;
    submissions_.submit_waiting();
    if (submissions_.get_ring().enter(time_point::min()) <= 0) ++failures;
    (void)take_completions();
  }
  (void)submissions_.take_prepared_write();
  submissions_.on_entered();
}

// ---- Timers and the alarm

// The cheap clock is never behind the steady one.
void loop::check_timers() noexcept {
  const time_point earliest = std::min(timers_.earliest(), alarm_.time());
  if (earliest == time_point::max() || cheap_clock::upper_bound() < earliest) return;
  const time_point now = clock::now();
  ready_.append(timers_.expire(now));
  alarm_.on_time(now, ready_);
}

void loop::add_wait(timer_queue::timer& timer, time_point when, wait_operation& wait) {
  const bool is_earliest = timers_.add(timer, when, wait, [this] { work_started(); });
  if (is_earliest && !is_running_here()) wakeup_.interrupt();
}

std::size_t loop::cancel_waits(timer_queue::timer& timer) noexcept {
  return post_aborted(timers_.cancel(timer));
}

std::size_t loop::cancel_first_wait(timer_queue::timer& timer) noexcept {
  return post_aborted(timers_.cancel_first(timer));
}

std::size_t loop::cancel_wait(timer_queue::timer& timer, const void* wait_key) noexcept {
  return post_aborted(timers_.cancel(timer, wait_key));
}

std::size_t loop::post_aborted(operation_queue waits) noexcept {
  std::size_t count = 0;
  for (; operation* const wait = waits.pop(); ++count) post_counted(*wait);
  return count;
}

void loop::request_alarm() noexcept {
  alarm_.request();
  if (!is_running_here()) wakeup_.interrupt();
}

}  // namespace timed::uring::detail
