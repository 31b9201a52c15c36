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

// How often to see whether the loop is still run that is to bring a connection.
constexpr auto patience = 10ms;

// How often to ask the kernel to stop, which does so at the first time as a rule.
constexpr int calls_max = 100;

bool is_listening(int number) {
  int value = 0;
  ::socklen_t size = sizeof(value);
  return ::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

}  // namespace

multishot_acceptor::multishot_acceptor(descriptor& of, std::size_t limit)
    : io_operation([](operation*, bool) {}, request::multishot_accept()), limit_(limit) {
  target_ = &of;
}

multishot_acceptor::~multishot_acceptor() {
  close();
}

// ---- By its socket, on any thread

void multishot_acceptor::set_limit(std::size_t limit) noexcept {
  {
    const std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  if (!is_full() || !is_outstanding()) return;
  loop& owner = target_->owner();
  const loop::scoped_ownership here(owner);
  if (here) {
    end();
    return owner.flush_submissions();
  }
  if (ending_.is_queued.exchange(true, std::memory_order_acq_rel)) return;
  target_->add_ref();
  owner.command(ending_);
}

void multishot_acceptor::ending::run(operation* base, bool is_called) {
  auto& self = *static_cast<ending*>(base);
  multishot_acceptor& of = self.of_;
  self.is_queued.store(false, std::memory_order_release);
  if (is_called && of.is_full()) of.end();
  of.target_->release();
}

int multishot_acceptor::take() noexcept {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return -1;
  const int oldest = kept_.front();
  kept_.pop_front();
  return oldest;
}

multishot_acceptor::source multishot_acceptor::find_source(bool waits) noexcept {
  if (is_any_kept()) return source::kept;
  loop& owner = target_->owner();
  {
    const loop::scoped_ownership here(owner);
    if (here) {
      for (int calls = 0; calls < calls_max && is_outstanding() && deferred() == nullptr; ++calls) {
        end();
        owner.retry_cancellations();
        owner.flush_submissions();
      }
      if (is_any_kept()) return source::kept;
      return is_outstanding() && !waits ? source::loop : source::kernel;
    }
  }
  // A loop that nobody runs does not compete with the caller.
  const auto is_at_it = [&] { return is_outstanding() && owner.is_run(); };
  std::unique_lock lock(mutex_);
  while (waits && kept_.empty() && is_at_it()) has_come_.wait_for(lock, patience);
  if (!kept_.empty()) return source::kept;
  return is_at_it() ? source::loop : source::kernel;
}

void multishot_acceptor::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  // Without the lock, as they may linger.
  for (int each = take(); each >= 0; each = take()) ::close(each);
}

// ---- On the loop's thread

int multishot_acceptor::try_at_once(const request& wanted) noexcept {
  if (wanted.in != request::lane::read) return -EAGAIN;
  if (wanted.what == request::kind::wait) return is_any_kept() ? POLLIN : -EAGAIN;
  const int native = take();
  if (native < 0) return -EAGAIN;
  auto* const address = static_cast<::sockaddr*>(wanted.data);
  if (address != nullptr && ::getpeername(native, address, wanted.address_size) != 0) {
    *wanted.address_size = 0;  // the peer has gone, and its name too
  }
  return native;
}

bool multishot_acceptor::defer(io_operation& op) noexcept {
  if (op.wanted_.in != request::lane::read) return false;
  const bool is_begun = is_outstanding();
  if (!is_begun && (op.wanted_.what != request::kind::accept || !may_begin())) return false;
  op.place_ = place::deferred;
  if (is_begun) return true;
  target_->add_ref();
  is_polling_ = std::exchange(has_to_poll_, false);
  target_->owner().submit(*this);
  return true;
}

bool multishot_acceptor::may_begin() noexcept {
  const std::lock_guard lock(mutex_);
  if (is_refused_ || is_closed_ || limit_ == 0) return false;
  is_outstanding_.store(true, std::memory_order_release);
  return true;
}

void multishot_acceptor::end() noexcept {
  if (is_outstanding()) target_->owner().cancel(*this);
}

void multishot_acceptor::on_accepted(int native) noexcept {
  if (native >= 0) keep(native);
  serve();
  if (is_full()) end();
}

void multishot_acceptor::on_end(int result) noexcept {
  const bool was_cancelled = std::exchange(is_cancelled_, false);
  const bool was_polling = std::exchange(is_polling_, false);
  place_ = place::queued;
  is_outstanding_.store(false, std::memory_order_release);
  if (result >= 0 && !was_polling) keep(result);
  io_operation* const first = deferred();
  if (!was_cancelled && first != nullptr && first->wanted_.what == request::kind::accept &&
      first->number_ > target_->cancelled_until_.load(std::memory_order_acquire) &&
      is_error(result)) {
    target_->owner().finish(*first, result);
  } else {
    serve();
  }
  target_->release();
}

// Somebody waits for a connection.
// @return Whether he is to be told; else it is for this one to make something of it.
bool multishot_acceptor::is_error(int result) noexcept {
  if (result >= 0) return false;
  switch (-result) {
    case ECANCELED:  // not by us: the thread that has submitted it is gone
    case EINTR:
      return false;
    case EAGAIN:
      has_to_poll_ = true;
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

// The first of the lane, if it waits for this one.
io_operation* multishot_acceptor::deferred() const noexcept {
  auto* const first = static_cast<io_operation*>(target_->lane(request::lane::read).front());
  return first != nullptr && first->place_ == place::deferred ? first : nullptr;
}

// Gives what is kept to whoever waits.
void multishot_acceptor::serve() noexcept {
  io_operation* const first = deferred();
  if (first == nullptr) return;
  first->place_ = place::queued;
  target_->owner().start_next(target_->lane(request::lane::read));
}

// Where there is no memory for that, it is closed.
void multishot_acceptor::keep(int native) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!is_closed_) {
      try {
        kept_.push_back(native);
        native = -1;
      } catch (const std::bad_alloc&) {
      }
    }
  }
  if (native >= 0) {
    ::close(native);
  } else {
    has_come_.notify_all();
  }
}

bool multishot_acceptor::is_full() const noexcept {
  const std::lock_guard lock(mutex_);
  return kept_.size() >= limit_;
}

bool multishot_acceptor::is_any_kept() const noexcept {
  const std::lock_guard lock(mutex_);
  return !kept_.empty();
}

}  // namespace timed::uring::detail
