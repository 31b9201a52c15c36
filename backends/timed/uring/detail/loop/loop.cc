// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/loop.h"

#include <liburing.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include "timed/detail/cheap_clock.h"
#include "timed/uring/detail/loop/multishot_acceptor.h"
#include "timed/uring/detail/ring/refusal.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::detail {

// One for all, if several libraries of a program contain this file.
struct thread_numbers {
  [[gnu::visibility("default")]] inline static std::atomic<std::uint64_t> last = 0;
};

namespace {

using namespace std::chrono_literals;
using timed::detail::cheap_clock;

// What completions tell apart; else they have the address of an io_operation.
constexpr std::uint64_t waker = 1;
constexpr std::uint64_t canceller = 2;

// How many handlers are called before the kernel has a turn, if they go on making each other ready.
constexpr unsigned handlers_per_poll_max = 64;

// How long to leave the kernel alone that has no memory for what it is asked.
constexpr auto retry_delay = 1ms;

// Threads are numbered, since what the system calls them is used again.
std::uint64_t number_of_this_thread() {
  thread_local const std::uint64_t mine = ++thread_numbers::last;
  return mine;
}

// Where the kernel reads the counts of all loops' eventfds to: what it reads does not matter, and
// this is still there when a ring has gone whose last read has not.
std::uint64_t event_count;

[[noreturn]] void throw_orphaned() {
  throw boost::system::system_error(
      net::error::bad_descriptor,
      "timed::uring::io_context: fork(2) has made this process, and its ring is the parent's. Call "
      "notify_fork() of the context: with fork_prepare before the fork, with fork_parent and "
      "fork_child after it");
}

options refuse_other_contexts() {
  throw std::invalid_argument(
      "timed::uring: this executor belongs to a context that does not run the streams, sockets and "
      "timers of timed::uring. With the backend io_uring_native use a timed::backend::io_context, "
      "otherwise a timed::uring::io_context");
}

}  // namespace

// Runs the loop on this thread while it lives. That may be within a handler of the loop's own.
class loop::runner {
 public:
  explicit runner(loop& run) : loop_(run), is_nested_(run.is_running_here()) {
    if (!is_nested_) claim();
    frame_ = {.running = &loop_, .outer = innermost_};
    innermost_ = &frame_;
    if (is_nested_) return;
    try {
      loop_.bind_to_this_thread();
    } catch (...) {
      innermost_ = frame_.outer;
      loop_.use_.store(use::none, std::memory_order_release);
      throw;
    }
  }
  runner(const runner&) = delete;
  ~runner() {
    if (!is_nested_) {
      loop_.take_incoming();
      if (loop_.write_may_be_unsubmitted_) loop_.submit_started();
    }
    innermost_ = frame_.outer;
    if (is_nested_) {
      loop_.handlers_since_poll_ =
          handlers_per_poll_max;  // the outer one may have something to throw
      return;
    }
    loop_.drain_cq_overflow();
    (void)loop_.fold_work();
    loop_.use_.store(use::none, std::memory_order_seq_cst);
    if (loop_.work_.load(std::memory_order_seq_cst) == 0) loop_.stop();
  }

  bool is_nested() const noexcept { return is_nested_; }

  // Throws what functions have thrown that were called within a handler.
  void rethrow() {
    if (!frame_.captured) return;
    std::exception_ptr first = std::exchange(frame_.captured, nullptr);
    if (frame_.are_several) throw net::multiple_exceptions(std::move(first));
    std::rethrow_exception(std::move(first));
  }

 private:
  void claim() {
    for (use now = use::none;
         !loop_.use_.compare_exchange_weak(now, use::running, std::memory_order_acq_rel);
         now = use::none) {
      if (now == use::running) {
        throw boost::system::system_error(
            net::error::already_started,
            "timed::uring::io_context: another thread is running it. A ring belongs to one thread: "
            "run a context of its own on each, and give each connection to one of them");
      }
      std::this_thread::yield();  // a scoped_ownership is short
    }
  }

  loop& loop_;
  const bool is_nested_;
  frame frame_{};
};

loop::scoped_ownership::scoped_ownership(loop& of) noexcept
    : loop_(of), is_nested_(of.is_running_here()) {
  // A ring that no thread has enabled yet is anyone's.
  const auto is_mine = [&of] {
    const std::uint64_t owner = of.bound_to_.load(std::memory_order_relaxed);
    return owner == 0 || owner == number_of_this_thread();
  };
  if (is_nested_ || of.is_shut_down_ || !is_mine()) return;
  use now = use::none;
  if (!of.use_.compare_exchange_strong(now, use::borrowed, std::memory_order_acq_rel)) return;
  if (!is_mine()) {
    of.use_.store(use::none, std::memory_order_release);
    return;
  }
  is_owner_ = true;
  has_work_ = of.work_.load(std::memory_order_relaxed) != 0;
  frame_ = {.running = &of, .outer = innermost_};
  innermost_ = &frame_;
}

loop::scoped_ownership::~scoped_ownership() {
  if (!is_owner_) return;
  innermost_ = frame_.outer;
  (void)loop_.fold_work();
  loop_.use_.store(use::none, std::memory_order_seq_cst);
  // Whoever has finished the last work meanwhile has left this to us.
  if (has_work_ && loop_.work_.load(std::memory_order_seq_cst) == 0) loop_.stop();
}

// Has the loop's ring registered with this thread. That pays in a long run only.
class loop::registration {
 public:
  explicit registration(loop* of) : of_(of) {
    if (of_ != nullptr) of_->ring_->register_with_thread();
  }
  registration(const registration&) = delete;
  ~registration() {
    if (of_ != nullptr) of_->ring_->unregister();
  }

 private:
  loop* const of_;
};

loop::loop(net::execution_context& context, const options& wanted)
    : net::execution_context::service(context),
      kernel_(wanted.kernel != nullptr ? *wanted.kernel : kernel::real()),
      options_(wanted),
      ring_(std::make_unique<ring>(kernel_, wanted)),
      registered_(wanted.registered_files),
      earliest_timer_(time_point::max().time_since_epoch().count()) {
  open_event();
}

loop::loop(net::execution_context& context) : loop(context, refuse_other_contexts()) {}

loop::~loop() {
  (void)incoming_.take_all();  // what services have posted that ended after this one
  if (event_ >= 0) ::close(event_);
}

ring_mode loop::mode() const noexcept {
  return ring_->mode();
}

void loop::open_event() {
  event_ = ::eventfd(0, EFD_CLOEXEC);
  if (event_ >= 0) return;
  const int error = errno;
  throw boost::system::system_error(
      error, boost::system::system_category(),
      "timed_stream: no eventfd can be had: " + explain_refused_io_uring(error, "5.19"));
}

// ---- Running

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
      if (handler == &alarm_turn_) [[unlikely]] {
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
    if (fold_work() == 0) {
      stop();
      break;
    }
    if (is_time_up) break;
    enter_kernel(until);
    is_time_up = until != time_point::max() && clock::now() >= until;
  }
  here.rethrow();
  return count;
}

void loop::capture_exception() noexcept {
  frame* here = innermost_;
  while (here->running != this) here = here->outer;
  here->are_several = here->captured != nullptr;
  if (!here->captured) here->captured = std::current_exception();
  handlers_since_poll_ = handlers_per_poll_max;  // so that run() looks
}

void loop::call(operation& handler) {
  struct finished {
    loop& of;
    ~finished() { --of.own_work_; }
  };
  const finished at_end{*this};
  handler.complete();
}

void loop::stop() noexcept {
  is_stopped_.store(true, std::memory_order_seq_cst);
  interrupt();
}

long loop::fold_work() noexcept {
  const long own = std::exchange(own_work_, 0);
  if (own == 0) return work_.load(std::memory_order_acquire);
  return work_.fetch_add(own, std::memory_order_acq_rel) + own;
}

void loop::work_finished() noexcept {
  if (is_running_here()) {
    --own_work_;
    return;
  }
  // The count is exact when the loop is not awake; if it is, it will see for itself.
  if (work_.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (use_.load(std::memory_order_seq_cst) != use::none) {
    interrupt();
  } else {
    stop();
  }
}

void loop::interrupt() noexcept {
  if (incoming_.wake_up()) wake_up();
}

void loop::wake_up() noexcept {
  const std::uint64_t one = 1;
  while (::write(event_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

void loop::bind_to_this_thread() {
  const std::uint64_t here = number_of_this_thread();
  if (bound_to_ == here) return;
  if (is_orphan_) throw_orphaned();
  if (bound_to_ != 0) {
    for (auto* op = in_kernel_.first(); op != nullptr; op = io_operation_list::after(*op)) {
      if (!sends_without_copy(*op)) continue;
      // The kernel would not let go of the ring before a peer has acknowledged, which may need us.
      throw boost::system::system_error(
          net::error::in_progress,
          "timed::uring::io_context: a write without a copy is outstanding (zero_copy_from), with "
          "which it cannot change threads. Run it where it ran before until that is over");
    }
    // What has completed is in memory, and what has not will not: the kernel takes the results of
    // a ring from the thread that it is bound to, or, in the end, cancels.
    auto other = std::make_unique<ring>(kernel_, options_);
    take_completions();
    ring_->close_and_wait();
    ring_ = std::move(other);
    bound_to_ = 0;
    restart_all();
  }
  ring_->enable();
  bound_to_ = here;
}

// There is a new ring.
void loop::restart_all() noexcept {
  is_event_read_armed_ = false;
  write_may_be_unsubmitted_ = true;
  has_cancels_to_retry_ = false;
  registered_.drop_all();
  io_operation_list begun = std::exchange(in_kernel_, io_operation_list());
  while (io_operation* const op = begun.first()) {
    begun.remove(*op);
    if (std::exchange(op->buffer_in_use_, false) && op->result_ > 0) {
      finish(*op, op->result_);
    } else if (op->is_cancelled_ || op->wanted_.what == request::kind::multishot_accept) {
      finish(*op, -ECANCELED);  // with which the next one of its lane may begin
    } else {
      op->is_restarted_ = true;
      op->place_ = io_operation::place::waiting;
      waiting_.push(*op);
    }
  }
}

void loop::notify_fork(net::execution_context::fork_event event) {
  if (event != net::execution_context::fork_child) return;
  auto other = std::make_unique<ring>(kernel_, options_);
  const int of_parent = event_;
  open_event();
  ::close(of_parent);
  ring_->abandon();
  ring_ = std::move(other);
  bound_to_ = 0;
  is_orphan_ = false;
  restart_all();
  if (is_running_here()) bind_to_this_thread();
}

// Nothing of what the ring was given is this process's, nor are the other threads in it.
void loop::on_forked() noexcept {
  ring_->abandon();
  is_orphan_ = true;
  bound_to_ = 0;
  (void)incoming_.wake_up();
  use_ = is_running_here() ? use::running : use::none;
}

// ---- A turn of the kernel's

void loop::enter_kernel(time_point until) {
  handlers_since_poll_ = 0;
  if (is_alarm_requested_.load(std::memory_order_relaxed) &&
      is_alarm_requested_.exchange(false, std::memory_order_acquire)) {
    if (alarm* const which = alarm_.load(std::memory_order_acquire)) which->on_request();
  }
  submit_waiting();
  retry_cancellations();
  time_point wake_at = time_point::min();
  const bool is_write_prepared = std::exchange(has_prepared_write_, false);
  if (until != time_point::min() && !is_write_prepared &&
      (pending_flag_may_be_stale_ || !ring_->completions_pending())) {
    prepare_wake_up();
    // Whoever changes something from here on sees that it is asleep, and wakes it; what was changed
    // before is looked at now.
    if (ready_.empty() && incoming_.fall_asleep()) {
      if (is_stopped_.load(std::memory_order_seq_cst) ||
          is_alarm_requested_.load(std::memory_order_seq_cst) ||
          work_.load(std::memory_order_seq_cst) + own_work_ == 0) {
        (void)incoming_.wake_up();
      } else {
        wake_at = wait_deadline(until);
      }
    }
  }
  unsigned completed = 0;
  for (bool more = true; more; wake_at = time_point::min()) {
    const bool waits = wake_at != time_point::min();
    const int result = ring_->enter(wake_at);
    if (waits) (void)incoming_.wake_up();
    const unsigned taken = take_completions();
    completed += taken;
    if (result < 0) handle_enter_error(-result, waits && taken == 0);
    more = ring_->may_have_more(taken);
  }
  if (write_may_be_unsubmitted_) write_may_be_unsubmitted_ = has_unsubmitted();
  pending_flag_may_be_stale_ = completed == 0;
  if (const unsigned writes = std::exchange(writes_completed_, 0); writes != 0) {
    last_send_found_completions_ = completed > writes;
  }
  check_timers();
}

loop::time_point loop::wait_deadline(time_point until) noexcept {
  // What is to be told to the kernel but does not fit, is not waited with for long.
  const bool is_late = !waiting_.empty() || has_cancels_to_retry_ || !is_event_read_armed_;
  const time_point timer(clock::duration(earliest_timer_.load(std::memory_order_seq_cst)));
  time_point earliest = std::min({until, timer, alarm_time_});
  if (is_late) earliest = std::min(earliest, clock::now() + retry_delay);
  // The least of all would mean that nobody sleeps, and the kernel takes no times before the
  // clock's beginning.
  return std::max(earliest, time_point(clock::duration(1)));
}

void loop::check_timers() {
  const auto earliest_timer = [this] {
    return time_point(clock::duration(earliest_timer_.load(std::memory_order_relaxed)));
  };
  const time_point earliest = std::min(earliest_timer(), alarm_time_);
  if (earliest == time_point::max() || cheap_clock::upper_bound() < earliest) return;
  const time_point now = clock::now();
  if (earliest_timer() <= now) {
    const std::lock_guard lock(timers_mutex_);
    ready_.append(timers_.expire(now));
    earliest_timer_.store(timers_.earliest().time_since_epoch().count(), std::memory_order_relaxed);
  }
  if (alarm_time_ > now) return;
  alarm_time_ = time_point::max();
  if (ready_.empty()) return call_alarm();
  if (!std::exchange(alarm_turn_.is_queued, true)) ready_.push(alarm_turn_);
}

void loop::call_alarm() noexcept {
  if (alarm* const which = alarm_.load(std::memory_order_acquire)) which->on_time();
}

void loop::alarm_turn::run(operation* base, bool is_called) {
  auto& turn = *static_cast<alarm_turn*>(base);
  turn.is_queued = false;
  if (is_called) turn.of_.call_alarm();
}

unsigned loop::take_completions() noexcept {
  return ring_->take_completions([this](const io_uring_cqe& each) { on_completion(each); });
}

// What has completed but did not fit is to be in memory for whoever runs the loop next.
void loop::drain_cq_overflow() noexcept {
  while (ring_->may_have_more(0)) {
    const int result = ring_->enter(time_point::min());
    take_completions();
    if (result < 0) return;
  }
}

void loop::prepare_wake_up() noexcept {
  if (is_event_read_armed_) return;
  io_uring_sqe* const entry = ring_->prepare();
  if (entry == nullptr) return;
  ::io_uring_prep_read(entry, event_, &event_count, sizeof(event_count), 0);
  ::io_uring_sqe_set_data64(entry, waker);
  is_event_read_armed_ = true;
}

void loop::handle_enter_error(int error, bool may_sleep) {
  switch (error) {
    case ETIME:
    case EINTR:
    case EBUSY:  // the completions did not fit, and now do
      return;
    case EAGAIN:
    case ENOMEM:
      if (may_sleep) std::this_thread::sleep_for(retry_delay);
      return;
    default:
      if (is_orphan_) throw_orphaned();
      throw boost::system::system_error(
          error, boost::system::system_category(),
          "timed::uring::io_context: io_uring_enter failed for a reason that is not expected");
  }
}

void loop::request_alarm() noexcept {
  is_alarm_requested_.store(true, std::memory_order_seq_cst);
  if (!is_running_here()) interrupt();
}

// ---- Operations

// What is over at once is so without its descriptor having to know.
void loop::start(io_operation& op) noexcept {
  work_started();
  descriptor& target = *op.target_;
  if (!is_running_here()) [[unlikely]] {
    target.add_ref();
    return push(op);
  }
  take_incoming();  // what was started before comes before
  operation_queue& lane = target.lane(op.wanted_.in);
  const bool is_first = lane.empty();
  if (is_first) {
    op.result_ = try_at_once(op);
    if (op.result_ != -EAGAIN) return ready_.push(op);
  }
  target.add_ref_in_loop();
  lane.push(op);
  if (is_first) begin(op);
}

void loop::take_incoming() noexcept {
  if (incoming_.empty()) return;
  operation_queue all = incoming_.take_all();
  while (operation* const op = all.pop()) dispatch_incoming(*op);
}

void loop::dispatch_incoming(operation& op) noexcept {
  switch (op.arrival_) {
    case operation::arrival::handler:
      return ready_.push(op);
    case operation::arrival::command:
      return op.complete();
    case operation::arrival::start:
      break;
  }
  auto& started = static_cast<io_operation&>(op);
  descriptor& target = *started.target_;
  target.move_ref_to_loop();
  operation_queue& lane = target.lane(started.wanted_.in);
  const bool is_first = lane.empty();
  lane.push(started);
  if (is_first) start_next(lane);
}

void loop::command(operation& command) noexcept {
  if (!is_running_here()) return push(command);
  take_incoming();
  command.complete();
}

// None of the lane's operations has begun.
void loop::start_next(operation_queue& lane) noexcept {
  while (auto* const op = static_cast<io_operation*>(lane.front())) {
    const int result = try_at_once(*op);
    if (result == -EAGAIN) return begin(*op);
    const bool is_last = operation_queue::after(*op) == nullptr;
    (void)lane.pop();
    complete_operation(*op, result);  // with which the lane may end, if that was its last
    if (is_last) return;
  }
}

// Does without the ring, where that is cheaper.
// @return What it has come to; -EAGAIN if it has not.
int loop::try_at_once(io_operation& op) noexcept {
  descriptor& target = *op.target_;
  if (is_shut_down_ || op.number_ <= target.cancelled_until_.load(std::memory_order_acquire)) {
    return -ECANCELED;
  }
  const request& wanted = op.wanted_;
  ssize_t result = -EAGAIN;
  if (wanted.what == request::kind::send && !sends_without_copy(op)) {
    result = try_to_send(target, wanted);
  } else if (wanted.what == request::kind::receive && target.read_policy_.should_try()) {
    result = kernel_.receive(target.number(), wanted.data, wanted.size, wanted.flags);
    target.read_policy_.tried(result != -EAGAIN, result == static_cast<ssize_t>(wanted.size));
  } else if (multishot_acceptor* const acceptor = target.acceptor()) {
    result = acceptor->try_at_once(wanted);
  }
  return result == -EINTR ? -EAGAIN : static_cast<int>(result);
}

// If the kernel is about to be asked for something anyway, or has something to tell, the ring does
// it in the same call. It will have something to tell after the write if it had after the last one:
// because the peer is on this loop too, or because much is going on.
int loop::try_to_send(descriptor& target, const request& wanted) noexcept {
  if (last_send_found_completions_ || ring_->prepared() != 0 || !ready_.empty() ||
      ring_->completions_pending()) {
    return -EAGAIN;
  }
  const ssize_t result =
      kernel_.send(target.number(), wanted.data, wanted.size, wanted.flags | MSG_NOSIGNAL);
  last_send_found_completions_ = ring_->completions_pending();
  return static_cast<int>(result);
}

// It is the first of its lane.
void loop::begin(io_operation& op) noexcept {
  multishot_acceptor* const acceptor = op.target_->acceptor();
  if (acceptor == nullptr || !acceptor->defer(op)) submit(op);
}

void loop::submit(io_operation& op) noexcept {
  io_uring_sqe* const entry = waiting_.empty() ? ring_->prepare() : nullptr;
  if (entry == nullptr) {
    op.place_ = io_operation::place::waiting;
    write_may_be_unsubmitted_ = true;
    return waiting_.push(op);
  }
  put(*entry, op);
}

void loop::submit_waiting() noexcept {
  while (io_operation* const op = waiting_.first()) {
    io_uring_sqe* const entry = ring_->prepare();
    if (entry == nullptr) return;
    waiting_.remove(*op);
    put(*entry, *op);
  }
}

void loop::put(io_uring_sqe& entry, io_operation& op) noexcept {
  op.place_ = io_operation::place::in_kernel;
  in_kernel_.push(op);
  registered_.count(*ring_, *op.target_);
  fill(entry, op);
}

void loop::fill(io_uring_sqe& entry, io_operation& op) noexcept {
  const request& wanted = op.wanted_;
  const int number = op.target_->number();
  using kind = request::kind;
  if (op.is_polling_ || wanted.what == kind::wait) {
    ::io_uring_prep_poll_add(&entry, number, static_cast<unsigned>(wanted.events));
  } else if (wanted.what == kind::receive) {
    ::io_uring_prep_recv(&entry, number, wanted.data, wanted.size, wanted.flags);
    if (!op.target_->read_policy_.expects_input()) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  } else if (sends_without_copy(op)) {
    ::io_uring_prep_send_zc(&entry, number, wanted.data, wanted.size, wanted.flags | MSG_NOSIGNAL,
                            0);
    has_prepared_write_ = write_may_be_unsubmitted_ = true;
  } else if (wanted.what == kind::send) {
    ::io_uring_prep_send(&entry, number, wanted.data, wanted.size, wanted.flags | MSG_NOSIGNAL);
    has_prepared_write_ = write_may_be_unsubmitted_ = true;
  } else if (wanted.what == kind::receive_message) {
    ::io_uring_prep_recvmsg(&entry, number, static_cast<msghdr*>(wanted.data),
                            static_cast<unsigned>(wanted.flags));
    if (!op.target_->read_policy_.expects_input()) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  } else if (wanted.what == kind::send_message) {
    ::io_uring_prep_sendmsg(&entry, number, static_cast<msghdr*>(wanted.data),
                            static_cast<unsigned>(wanted.flags | MSG_NOSIGNAL));
    has_prepared_write_ = write_may_be_unsubmitted_ = true;
  } else if (wanted.what == kind::connect) {
    write_may_be_unsubmitted_ = true;
    ::io_uring_prep_connect(&entry, number, static_cast<sockaddr*>(wanted.data),
                            static_cast<socklen_t>(wanted.size));
  } else if (wanted.what == kind::multishot_accept) {
    ::io_uring_prep_multishot_accept(&entry, number, nullptr, nullptr, SOCK_CLOEXEC);
  } else {
    ::io_uring_prep_accept(&entry, number, static_cast<sockaddr*>(wanted.data), wanted.address_size,
                           wanted.flags | SOCK_CLOEXEC);
  }
  if (op.target_->ring_number_ != descriptor::unregistered) {
    entry.fd = op.target_->ring_number_;
    entry.flags |= IOSQE_FIXED_FILE;
  }
  ::io_uring_sqe_set_data(&entry, &op);
}

void loop::on_completion(const io_uring_cqe& completion) noexcept {
  if (completion.user_data == canceller) {
    // The operation has completed, or the kernel is at it and has missed the cancellation.
    if (completion.res < 0) has_cancels_to_retry_ = true;
    return;
  }
  if (completion.user_data == waker) {
    is_event_read_armed_ = false;
    return;
  }
  auto& op = *reinterpret_cast<io_operation*>(completion.user_data);
  if ((completion.flags & IORING_CQE_F_NOTIF) != 0) {
    op.buffer_in_use_ = false;
    on_result(op, op.result_, 0);
  } else if ((completion.flags & IORING_CQE_F_MORE) != 0) {
    if (op.wanted_.what == request::kind::multishot_accept) {
      return static_cast<multishot_acceptor&>(op).on_accepted(completion.res);
    }
    op.buffer_in_use_ = true;
    op.result_ = completion.res;
    if (op.target_->is_closing_ || is_shut_down_) reset(*op.target_);
  } else {
    on_result(op, completion.res, completion.flags);
  }
}

bool loop::is_over_network(const io_operation& connect) noexcept {
  return static_cast<const ::sockaddr*>(connect.wanted_.data)->sa_family != AF_UNIX;
}

// The ring may report success although an ICMP error has ended the attempt.
int loop::result_of_connect(const io_operation& op) noexcept {
  int error = 0;
  ::socklen_t size = sizeof(error);
  if (::getsockopt(op.target_->number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return -error;
}

void loop::on_result(io_operation& op, int result, unsigned flags) noexcept {
  using kind = request::kind;
  in_kernel_.remove(op);
  const kind what = op.wanted_.what;
  if (what == kind::multishot_accept) return finish(op, result);
  const bool was_polling = std::exchange(op.is_polling_, false);
  if (what == kind::connect && result >= 0 && (was_polling || is_over_network(op))) {
    result = result_of_connect(op);
  }
  if (op.is_cancelled_ ||
      op.number_ <= op.target_->cancelled_until_.load(std::memory_order_acquire)) {
    // What was transferred all the same is not lost; anything else is of no interest any more.
    const bool is_done = !was_polling && what != kind::wait &&
                         (what == kind::connect || what == kind::accept ? result >= 0 : result > 0);
    return finish(op, is_done ? result : -ECANCELED);
  }
  if (was_polling && result >= 0 && what != kind::connect) return submit(op);
  switch (-result) {
    case ECANCELED:  // not by us: the thread that has submitted it is gone
    case EINTR:
      op.is_polling_ = was_polling;
      op.is_restarted_ = true;
      return submit(op);
    case EALREADY:
    case EISCONN:
      if (what != kind::connect || !op.is_restarted_) break;
      op.is_polling_ = true;  // it had begun, and goes on, or has just ended
      return submit(op);
    case ECONNABORTED:
    case EPROTO:
      if (what != kind::accept || op.target_->reports_aborted()) break;
      return submit(op);
    case EINVAL:  // the kernel does not know it
    case EOPNOTSUPP:
    case ENOMEM:  // the process may not lock so much
    case ENOBUFS:
      if (!sends_without_copy(op)) break;
      op.zero_copy_allowed_ = false;
      return submit(op);
    case EAGAIN:  // its file is non-blocking, so that the kernel does not wait
      // A Unix socket's connect has not begun then, as too many wait to be accepted. Asio calls it
      // this, too.
      if (what == kind::connect) return finish(op, -ENOBUFS);
      [[fallthrough]];
    case EINPROGRESS:
      op.is_polling_ = what != kind::wait;
      return submit(op);
    default:
      break;
  }
  if (what == kind::send || what == kind::send_message) ++writes_completed_;
  if (what == kind::receive || what == kind::receive_message) {
    op.target_->read_policy_.completed(result > 0 && (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0);
  }
  finish(op, result);
}

// It is the first of its lane, or accepts ahead; and it is neither waiting nor in the kernel.
void loop::finish(io_operation& op, int result) noexcept {
  if (op.wanted_.what == request::kind::multishot_accept) [[unlikely]] {
    return static_cast<multishot_acceptor&>(op).on_end(result);
  }
  operation_queue& lane = op.target_->lane(op.wanted_.in);
  (void)lane.pop();
  const bool is_last = lane.empty();
  complete_operation(op, result);
  if (!is_last) start_next(lane);
}

// It is over, and its handler ready.
void loop::complete_operation(io_operation& op, int result) noexcept {
  op.result_ = result;
  ready_.push(op);
  std::exchange(op.target_, nullptr)->release_in_loop();
}

// ---- Cancellation

void loop::cancel(io_operation& op) noexcept {
  if (is_orphan_ && op.place_ == io_operation::place::in_kernel) [[unlikely]] {
    in_kernel_.remove(op);  // the parent's, which alone hears of it
    return finish(op, std::exchange(op.buffer_in_use_, false) ? op.result_ : -ECANCELED);
  }
  if (std::exchange(op.is_cancelled_, true)) return;
  if (op.place_ == io_operation::place::in_kernel) {
    in_kernel_.remove(op);
    in_kernel_.push_front(op);
    if (!op.buffer_in_use_) cancel_in_kernel(op);
    return;
  }
  if (op.place_ == io_operation::place::waiting) waiting_.remove(op);
  finish(op, -ECANCELED);
}

void loop::cancel_in_kernel(io_operation& op) noexcept {
  io_uring_sqe* const entry = ring_->prepare();
  if (entry == nullptr) {
    has_cancels_to_retry_ = true;
    return;
  }
  ::io_uring_prep_cancel(entry, &op, 0);
  ::io_uring_sqe_set_data64(entry, canceller);
}

// There were not enough entries for all, or some came to nothing. It does no harm to cancel one
// twice.
void loop::retry_cancellations() noexcept {
  if (!has_cancels_to_retry_) return;
  has_cancels_to_retry_ = false;
  for (auto* op = in_kernel_.first(); op != nullptr && op->is_cancelled_ && !has_cancels_to_retry_;
       op = io_operation_list::after(*op)) {
    if (!op->buffer_in_use_) cancel_in_kernel(*op);
  }
}

// What was sent without being copied is in the kernel's hands until the peer has acknowledged it,
// which it may never do. Without the connection there is nothing to acknowledge.
void loop::reset_if_buffer_in_use(descriptor& file) noexcept {
  if (file.owner().is_orphan_) return;
  const auto* const op = static_cast<const io_operation*>(file.lane(request::lane::write).front());
  if (op != nullptr && op->buffer_in_use_) reset(file);
}

void loop::reset(const descriptor& file) noexcept {
  const ::sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  (void)::connect(file.number(), &nobody, sizeof(nobody));
}

// What was cancelled is over with this, unless the kernel takes its time, or it is not for this
// thread to say.
void loop::flush_submissions() noexcept {
  if (!is_running_here()) return;
  for (bool more = true; more;) {
    const int result = ring_->enter(time_point::min());
    const unsigned taken = take_completions();
    more = result >= 0 && taken > 0 && ring_->may_have_more(taken);
  }
}

bool loop::has_unsubmitted() const noexcept {
  return ring_->prepared() != 0 || !waiting_.empty();
}

// What was started is with the kernel after this, unless that has no memory for it. What has been
// prepared for a ring that no thread has enabled needs this one to do so.
void loop::submit_started() noexcept {
  take_incoming();
  if (bound_to_ == 0 && has_unsubmitted()) {
    try {
      bind_to_this_thread();
    } catch (...) {
      return;
    }
  }
  constexpr int failures_max = 3;
  for (int failures = 0; has_unsubmitted() && failures < failures_max;) {
    submit_waiting();
    if (ring_->enter(time_point::min()) <= 0) ++failures;
    (void)take_completions();
  }
  has_prepared_write_ = false;
  write_may_be_unsubmitted_ = has_unsubmitted();
}

// ---- Timers

void loop::add_wait(timer_queue::timer& on, time_point when, wait_operation& wait) {
  bool is_earliest = false;
  {
    const std::lock_guard lock(timers_mutex_);
    timers_.add(on, when, wait);
    work_started();
    const clock::rep earliest = timers_.earliest().time_since_epoch().count();
    is_earliest = earliest < earliest_timer_.load(std::memory_order_relaxed);
    earliest_timer_.store(earliest, std::memory_order_seq_cst);
  }
  if (is_earliest && !is_running_here()) interrupt();
}

std::size_t loop::cancel_waits(timer_queue::timer& on) noexcept {
  return abort_waits([&] { return timers_.cancel(on); });
}

std::size_t loop::cancel_first_wait(timer_queue::timer& on) noexcept {
  return abort_waits([&] { return timers_.cancel_first(on); });
}

std::size_t loop::cancel_wait(timer_queue::timer& on, const void* by) noexcept {
  return abort_waits([&] { return timers_.cancel(on, by); });
}

// Aborts the waits that `take` takes out of the queue.
template <class Take>
std::size_t loop::abort_waits(Take take) noexcept {
  operation_queue cancelled = [&] {
    const std::lock_guard lock(timers_mutex_);
    operation_queue taken = take();
    earliest_timer_.store(timers_.earliest().time_since_epoch().count(), std::memory_order_relaxed);
    return taken;
  }();
  std::size_t count = 0;
  while (operation* const op = cancelled.pop()) {
    static_cast<wait_operation*>(op)->ec = net::error::operation_aborted;
    post_counted(*op);
    ++count;
  }
  return count;
}

// ---- The end

void loop::shutdown() {
  is_shut_down_ = true;
  take_incoming();
  for (auto* op = in_kernel_.first(); op != nullptr; op = io_operation_list::after(*op)) {
    if (sends_without_copy(*op) && !is_orphan_) reset(*op->target_);
  }
  if (bound_to_ == number_of_this_thread()) {
    frame here{.running = this, .outer = innermost_};
    innermost_ = &here;
    const time_point give_up = clock::now() + 10s;
    // With which it comes first. A lane's next operation may have begun meanwhile.
    const auto cancel_all = [this] {
      for (auto* op = in_kernel_.last(); op != nullptr && !op->is_cancelled_;
           op = in_kernel_.last()) {
        cancel(*op);
      }
    };
    cancel_all();
    while (!in_kernel_.empty() && clock::now() < give_up) {
      retry_cancellations();
      const int result = ring_->enter(clock::now() + 10 * retry_delay);
      take_completions();
      if (result == -EAGAIN || result == -ENOMEM) std::this_thread::sleep_for(retry_delay);
      cancel_all();
    }
    if (in_kernel_.empty()) registered_.remove_all(*ring_);
    innermost_ = here.outer;
  }
  if (!in_kernel_.empty() || !registered_.empty()) {
    take_completions();
    ring_->close_and_wait();
    registered_.drop_all();
  }
  for (io_operation_list* list : {&in_kernel_, &waiting_}) {
    while (io_operation* const op = list->first()) {
      list->remove(*op);
      finish(*op, -ECANCELED);
    }
  }
  {
    const std::lock_guard lock(timers_mutex_);
    ready_.append(timers_.clear());
  }
  // Destroying a handler may post, start, cancel and close.
  for (take_incoming(); !ready_.empty(); take_incoming()) {
    while (operation* const op = ready_.pop()) op->destroy();
    const std::lock_guard lock(timers_mutex_);
    ready_.append(timers_.clear());
  }
}

}  // namespace timed::uring::detail
