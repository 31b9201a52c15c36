// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/multishot_acceptor.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include "timed/uring/detail/loop/descriptor.h"
#include "timed/uring/detail/loop/loop.h"

namespace timed::uring::detail {
namespace {

using namespace std::chrono_literals;

// How often a thread that waits for a connection checks whether the loop still runs.
constexpr auto check_interval = 10ms;

// Maximum number of attempts to stop the multishot accept. Usually the first one succeeds.
constexpr int stop_attempts_max = 100;

bool is_listening(int number) {
  int value = 0;
  ::socklen_t size = sizeof(value);
  return ::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

}  // namespace

multishot_acceptor::multishot_acceptor(descriptor& listener, std::size_t limit)
    : io_operation(&multishot_acceptor::on_entry, request::multishot_accept()), limit_(limit) {
  target_ = &listener;
}

multishot_acceptor::~multishot_acceptor() {
  close();
}

// ---- Called by its socket, on any thread

void multishot_acceptor::set_limit(std::size_t limit) noexcept {
  {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  if (!is_full() || !is_outstanding()) return;
  loop& owner = target_->owner();
  const loop::scoped_ownership here(owner);
  if (here) {
    stop();
    return owner.flush_submissions();
  }
  if (stop_command_.is_queued.exchange(true, std::memory_order_acq_rel)) return;
  target_->add_ref();
  owner.command(stop_command_);
}

void multishot_acceptor::stop_command::run(operation* base, bool is_called) {
  auto& self = *static_cast<stop_command*>(base);
  multishot_acceptor& target = self.target_;
  self.is_queued.store(false, std::memory_order_release);
  if (is_called && target.is_full()) target.stop();
  target.target_->release();
}

int multishot_acceptor::take_stored() noexcept {
  const std::lock_guard lock(mutex_);
  if (stored_.empty()) return -1;
  const int oldest = stored_.front();
  stored_.pop_front();
  return oldest;
}

multishot_acceptor::source multishot_acceptor::find_source(bool waits) noexcept {
  if (has_stored()) return source::stored;
  loop& owner = target_->owner();
  {
    const loop::scoped_ownership here(owner);
    if (here) {
      for (int attempts = 0;
           attempts < stop_attempts_max && is_outstanding() && waiting_operation() == nullptr;
           ++attempts) {
        stop();
        owner.retry_cancellations();
        owner.flush_submissions();
      }
      if (has_stored()) return source::stored;
      return is_outstanding() && !waits ? source::loop : source::kernel;
    }
  }
  // A loop that no thread runs does not compete with the caller.
  const auto loop_accepts = [&] { return is_outstanding() && owner.is_running(); };
  std::unique_lock lock(mutex_);
  while (waits && stored_.empty() && loop_accepts()) {
    connection_stored_.wait_for(lock, check_interval);
  }
  if (!stored_.empty()) return source::stored;
  return loop_accepts() ? source::loop : source::kernel;
}

void multishot_acceptor::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  // Without the lock, since close(2) may linger.
  for (int each = take_stored(); each >= 0; each = take_stored()) ::close(each);
}

// ---- On the loop's thread

int multishot_acceptor::try_at_once(const request& wanted) noexcept {
  if (wanted.in != request::lane::read) return -EAGAIN;
  if (wanted.what == request::kind::wait) return has_stored() ? POLLIN : -EAGAIN;
  const int native = take_stored();
  if (native < 0) return -EAGAIN;
  auto* const address = static_cast<::sockaddr*>(wanted.data);
  if (address != nullptr && ::getpeername(native, address, wanted.address_size) != 0) {
    *wanted.address_size = 0;  // The peer has reset the connection, so its name is not known.
  }
  return native;
}

bool multishot_acceptor::wait_for_connection(io_operation& op) noexcept {
  if (op.wanted_.in != request::lane::read) return false;
  const bool has_begun = is_outstanding();
  if (!has_begun && (op.wanted_.what != request::kind::accept || !try_begin())) return false;
  op.move_to(place::at_acceptor);
  if (has_begun) return true;
  target_->add_ref();
  is_polling_ = std::exchange(polls_first_, false);
  target_->owner().submit(*this);
  return true;
}

bool multishot_acceptor::try_begin() noexcept {
  const std::lock_guard lock(mutex_);
  if (is_refused_ || is_closed_ || limit_ == 0) return false;
  is_outstanding_.store(true, std::memory_order_release);
  return true;
}

void multishot_acceptor::stop() noexcept {
  if (is_outstanding()) target_->owner().cancel(*this);
}

// Called for each completion queue entry, and when the multishot accept ends without one.
void multishot_acceptor::on_entry(operation* base, bool) {
  auto& self = *static_cast<multishot_acceptor*>(base);
  if (self.place_ == place::in_kernel) {
    self.on_accepted(self.result());
  } else {
    self.on_end(self.result());
  }
}

// The multishot accept goes on.
void multishot_acceptor::on_accepted(int native) noexcept {
  if (native >= 0) store(native);
  restart_waiting_operation();
  if (is_full()) stop();
}

// The multishot accept has ended. An operation that waits for a connection starts it again.
// @param result The last connection, or the reason; -ECANCELED if the kernel has given none.
void multishot_acceptor::on_end(int result) noexcept {
  TIMED_URING_ASSERT(is_outstanding() && place_ == place::queued);
  const bool was_cancelled = std::exchange(is_cancelled_, false);
  const bool was_polling = std::exchange(is_polling_, false);
  is_outstanding_.store(false, std::memory_order_release);
  if (result >= 0 && !was_polling) store(result);
  io_operation* const first = waiting_operation();
  if (!was_cancelled && first != nullptr && first->wanted_.what == request::kind::accept &&
      !target_->has_cancelled(*first) && result < 0 && reports(-result)) {
    first->move_to(place::queued);
    target_->owner().finish(*first, result);
  } else {
    restart_waiting_operation();
  }
  target_->release();
}

// @return Whether the operation that waits for a connection reports the error.
bool multishot_acceptor::reports(int error) noexcept {
  switch (error) {
    case ECANCELED:  // By the kernel: the thread that submitted it has exited.
    case EINTR:
      return false;
    case EAGAIN:
      polls_first_ = true;
      return false;
    case ECONNABORTED:
    case EPROTO:
      return target_->reports_aborted();
    case EINVAL:
      is_refused_ = is_listening(target_->number());
      return !is_refused_;
    default:
      return true;
  }
}

// The first operation of the lane, if it waits for a connection.
io_operation* multishot_acceptor::waiting_operation() const noexcept {
  auto* const first = static_cast<io_operation*>(target_->lane(request::lane::read).front());
  const bool is_at_acceptor = first != nullptr && first->place_ == place::at_acceptor;
  return is_at_acceptor ? first : nullptr;
}

// The operation takes a stored connection, or waits again.
void multishot_acceptor::restart_waiting_operation() noexcept {
  io_operation* const first = waiting_operation();
  if (first == nullptr) return;
  first->move_to(place::queued);
  target_->owner().start_next(target_->lane(request::lane::read));
}

// Closes the connection if there is no memory to store it.
void multishot_acceptor::store(int native) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!is_closed_) {
      try {
        stored_.push_back(native);
        native = -1;
      } catch (const std::bad_alloc&) {
      }
    }
  }
  if (native >= 0) {
    ::close(native);
  } else {
    connection_stored_.notify_all();
  }
}

bool multishot_acceptor::is_full() const noexcept {
  const std::lock_guard lock(mutex_);
  return stored_.size() >= limit_;
}

bool multishot_acceptor::has_stored() const noexcept {
  const std::lock_guard lock(mutex_);
  return !stored_.empty();
}

}  // namespace timed::uring::detail
