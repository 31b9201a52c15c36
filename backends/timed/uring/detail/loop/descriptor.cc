// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "timed/uring/detail/loop/loop.h"
#include "timed/uring/detail/loop/multishot_acceptor.h"
#include "timed/uring/detail/operation/recycled_memory.h"

namespace timed::uring::detail {
namespace {

// Returns whether closing the socket is meant to reset the connection.
bool resets_when_closed(int number) {
  ::linger setting{};
  ::socklen_t size = sizeof(setting);
  return ::getsockopt(number, SOL_SOCKET, SO_LINGER, &setting, &size) == 0 &&
         setting.l_onoff != 0 && setting.l_linger == 0;
}

// Comes to the loop from another thread, and cancels one operation.
class cancel_by_key final : public operation {
 public:
  cancel_by_key(descriptor& target, const void* key) noexcept
      : operation(&cancel_by_key::run, arrival::command), target_(target), key_(key) {}

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<cancel_by_key*>(base);
    const weak_descriptor_ref target = self->target_;
    const void* const key = self->key_;
    free_operation(self, std::allocator<void>());
    if (is_called) target->cancel_here(key);
  }

  weak_descriptor_ref target_;
  const void* key_;
};

// Comes to the loop from another thread, and shuts the connection down after what was started
// before.
class shutdown_command final : public operation {
 public:
  shutdown_command(descriptor& target, int how) noexcept
      : operation(&shutdown_command::run, arrival::command), target_(target), how_(how) {
    target.add_ref();
  }

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<shutdown_command*>(base);
    descriptor& target = self->target_;
    const int how = self->how_;
    free_operation(self, std::allocator<void>());
    if (is_called) (void)target.shut_down(how);
    target.release();
  }

  descriptor& target_;
  int how_;
};

}  // namespace

descriptor::descriptor(loop& owner, int number) noexcept : owner_(owner), number_(number) {}

descriptor::~descriptor() {
  TIMED_URING_ASSERT(refs_.load() == 0 && loop_refs_.load() == 0);
  for (const operation_queue& each : lanes_) TIMED_URING_ASSERT(each.empty());
  delete acceptor();
}

void descriptor::release() noexcept {
  // Read before the reference is gone: then the socket may release the last one, on another thread.
  const bool is_last_but_ring = is_closed_ && ring_number_ != unregistered;
  const auto before = refs_.fetch_sub(1, std::memory_order_acq_rel);
  TIMED_URING_ASSERT(before != 0);
  if (before == 2 && is_last_but_ring) return owner_.unregister(*this);
  if (before != 1) return;
  if (!is_released_) ::close(number_);
  release_weak();
}

void descriptor::release_in_loop() noexcept {
  TIMED_URING_ASSERT(loop_refs_.load(std::memory_order_relaxed) != 0);
  const std::uint32_t left = loop_refs_.load(std::memory_order_relaxed) - 1;
  const bool is_last = left == 0 && is_closed_;
  // From here on the socket may release the last reference, on another thread, unless it is closed.
  loop_refs_.store(left, std::memory_order_release);
  if (is_last) release();
}

void descriptor::move_ref_to_loop() noexcept {
  const bool has_sockets = !is_closed_ || loop_refs_.load(std::memory_order_relaxed) != 0;
  add_ref_in_loop();
  if (has_sockets) release();  // Otherwise it takes the place of the socket's.
}

void descriptor::on_closed() noexcept {
  is_closed_ = true;
  if (loop_refs_.load(std::memory_order_relaxed) == 0) release();
}

bool descriptor::has_only_socket_reference() const noexcept {
  // In this order: a reference that moves to the loop is added there before it is released here;
  // and what the loop adds for its operations, such as the ring's reference, it adds before the
  // last of them completes.
  const auto is_one = [this] { return refs_.load(std::memory_order_acquire) == 1; };
  return is_one() && loop_refs_.load(std::memory_order_acquire) == 0 && is_one();
}

void descriptor::multishot_accept(std::size_t limit) {
  if (multishot_acceptor* const there = acceptor()) return there->set_limit(limit);
  if (limit != 0) acceptor_.store(new multishot_acceptor(*this, limit), std::memory_order_release);
}

// Whether there are references besides its socket's and the ring's.
bool descriptor::is_in_use() const noexcept {
  const unsigned owners = ring_number_ == unregistered ? 1 : 2;
  return refs_.load(std::memory_order_acquire) > owners ||
         loop_refs_.load(std::memory_order_acquire) != 0;
}

void descriptor::stop_lingering() noexcept {
  if (!std::exchange(may_linger_, false) || resets_when_closed(number_)) return;
  const ::linger none{};
  ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

void descriptor::close() noexcept {
  if (acceptor() != nullptr) acceptor()->close();
  if (has_only_socket_reference()) return release();
  const loop::scoped_ownership here(owner_);
  if (!here) {
    stop_lingering();
    return leave_to_loop(is_to_close);
  }
  is_closing_ = true;
  if (is_in_use()) {
    cancel_all();
    if (acceptor() != nullptr) acceptor()->stop();
    owner_.reset_if_buffer_in_use(*this);
    owner_.flush_submissions();
    if (is_in_use()) stop_lingering();  // The kernel has not completed them yet.
  }
  on_closed();
}

int descriptor::detach() noexcept {
  int released = number_;
  if (acceptor() != nullptr) acceptor()->close();
  if (has_only_socket_reference()) {
    is_released_ = true;
    release();
    return released;
  }
  const loop::scoped_ownership here(owner_);
  if (!here) {
    released = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
    leave_to_loop(0);
    return released;
  }
  if (acceptor() != nullptr && acceptor()->is_outstanding()) {
    cancel_all();  // An accept that waits for a connection would be submitted otherwise.
    acceptor()->stop();
    owner_.flush_submissions();
  }
  if (is_in_use()) {
    released = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
    cancel_all();
  } else {
    is_released_ = true;
  }
  on_closed();
  return released;
}

// Has the loop release the socket's reference, on its thread. The descriptor may have ended when
// this returns.
void descriptor::leave_to_loop(unsigned how) noexcept {
  cancelled_until_.store(started_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  const unsigned state = is_queued | is_left_to_loop | how;
  if ((cancellation_state_.fetch_or(state, std::memory_order_seq_cst) & is_queued) != 0) return;
  add_ref();
  owner_.command(cancellation_);
}

bool descriptor::submit_started() noexcept {
  if (has_only_socket_reference()) return true;
  const loop::scoped_ownership here(owner_);
  if (here) owner_.submit_started();
  return static_cast<bool>(here);
}

int descriptor::shut_down(int how) {
  if (submit_started()) return ::shutdown(number_, how);
  owner_.command(*allocate_operation<shutdown_command>(std::allocator<void>(), *this, how));
  return 0;
}

void descriptor::cancel_all() noexcept {
  cancelled_until_.store(started_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  if ((cancellation_state_.fetch_or(is_queued, std::memory_order_seq_cst) & is_queued) != 0) {
    if (owner_.is_running_here()) owner_.take_incoming();  // Another thread's may be there.
    return;
  }
  add_ref();
  owner_.command(cancellation_);
}

void descriptor::cancellation::run(operation* base, bool is_called) {
  descriptor& target = static_cast<cancellation*>(base)->target_;
  const unsigned state = target.cancellation_state_.exchange(0, std::memory_order_seq_cst);
  if ((state & is_to_close) != 0) target.is_closing_ = true;
  if (is_called) target.cancel_until(target.cancelled_until_.load(std::memory_order_seq_cst));
  if ((state & is_left_to_loop) != 0) {
    multishot_acceptor* const acceptor = target.acceptor();
    if (is_called && acceptor != nullptr && acceptor->is_outstanding()) {
      acceptor->stop();
      target.owner_.flush_submissions();  // It is no work, which the loop would keep running for.
    }
    if (target.is_closing_) target.owner_.reset_if_buffer_in_use(target);
    target.on_closed();
  }
  target.release();
}

void descriptor::cancel_until(std::uint64_t number) noexcept {
  for (operation_queue& lane : lanes_) {
    operation_queue behind = lane.take_if([number](operation& op) {
      const auto& each = static_cast<io_operation&>(op);
      return each.place_ == io_operation::place::queued && each.number_ <= number;
    });
    if (auto* const first = static_cast<io_operation*>(lane.front())) {
      if (first->number_ <= number) owner_.cancel(*first);
    }
    while (operation* const op = behind.pop()) {
      owner_.complete_operation(static_cast<io_operation&>(*op), -ECANCELED);
    }
  }
}

void descriptor::cancel_one(const void* key) {
  if (!owner_.is_running_here()) {
    return owner_.command(*allocate_operation<cancel_by_key>(std::allocator<void>(), *this, key));
  }
  owner_.take_incoming();
  cancel_here(key);
}

void descriptor::cancel_here(const void* key) noexcept {
  for (operation_queue& lane : lanes_) {
    for (operation* op = lane.front(); op != nullptr; op = operation_queue::after(*op)) {
      auto& each = static_cast<io_operation&>(*op);
      if (each.key_ != key) continue;
      if (each.place_ != io_operation::place::queued) return owner_.cancel(each);
      (void)lane.take_if([&each](operation& other) { return &other == &each; }).pop();
      return owner_.complete_operation(each, -ECANCELED);
    }
  }
}

int descriptor::try_at_acceptor(const request& wanted) noexcept {
  return acceptor()->try_at_once(wanted);
}

bool descriptor::leave_to_acceptor(io_operation& op) noexcept {
  return acceptor()->wait_for_connection(op);
}

}  // namespace timed::uring::detail
