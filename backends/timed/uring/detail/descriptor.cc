// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "timed/uring/detail/accepted_ahead.h"
#include "timed/uring/detail/loop.h"
#include "timed/uring/detail/recycled_memory.h"

namespace timed::uring::detail {
namespace {

// Returns whether closing the socket is meant to reset the connection.
bool resets_when_closed(int number) {
  ::linger setting{};
  ::socklen_t size = sizeof(setting);
  return ::getsockopt(number, SOL_SOCKET, SO_LINGER, &setting, &size) == 0 &&
         setting.l_onoff != 0 && setting.l_linger == 0;
}

// Comes to the loop from another thread, to cancel one operation.
class cancel_by_key final : public operation {
 public:
  cancel_by_key(descriptor& of, const void* key) noexcept
      : operation(&cancel_by_key::run, arrival::command), of_(of), key_(key) {}

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<cancel_by_key*>(base);
    const known_descriptor of = self->of_;
    const void* const key = self->key_;
    free_operation(self, std::allocator<void>());
    if (is_called) of->cancel_here(key);
  }

  known_descriptor of_;
  const void* key_;
};

// Comes to the loop from another thread, to be carried out after what was started before.
class shutdown_command final : public operation {
 public:
  shutdown_command(descriptor& of, int how) noexcept
      : operation(&shutdown_command::run, arrival::command), of_(of), how_(how) {
    of_.hold();
  }

 private:
  static void run(operation* base, bool is_called) {
    auto* const self = static_cast<shutdown_command*>(base);
    descriptor& of = self->of_;
    const int how = self->how_;
    free_operation(self, std::allocator<void>());
    if (is_called) (void)of.shut_down(how);
    of.let_go();
  }

  descriptor& of_;
  int how_;
};

}  // namespace

descriptor::descriptor(loop& owner, int number) noexcept : owner_(owner), number_(number) {}

descriptor::~descriptor() {
  delete ahead();
}

void descriptor::start(io_operation& op, const void* key) noexcept {
  op.target_ = this;
  op.key_ = key;
  op.number_ = started_.load(std::memory_order_relaxed) + 1;
  started_.store(op.number_, std::memory_order_relaxed);  // nobody else starts one meanwhile
  owner_.start(op);
}

void descriptor::let_go() noexcept {
  // Looked at before: after that the socket may be the last one, and end it on another thread.
  const bool may_be_the_ring_s = is_closed_ && ring_number_ != unregistered;
  const auto before = users_.fetch_sub(1, std::memory_order_acq_rel);
  if (before == 2 && may_be_the_ring_s) {
    return owner_.registered_.remove(*owner_.ring_, *this);
  }
  if (before != 1) return;
  if (!is_released_) ::close(number_);
  forget();
}

void descriptor::let_go_here() noexcept {
  const std::uint32_t left = in_loop_.load(std::memory_order_relaxed) - 1;
  const bool is_last = left == 0 && is_closed_;
  // With which the socket may be the only one, and end it on another thread, unless it is done.
  in_loop_.store(left, std::memory_order_release);
  if (is_last) let_go();
}

void descriptor::take_over() noexcept {
  const bool has_sockets = !is_closed_ || in_loop_.load(std::memory_order_relaxed) != 0;
  hold_here();
  if (has_sockets) let_go();  // otherwise that takes the place of what the socket has held
}

void descriptor::on_closed() noexcept {
  is_closed_ = true;
  if (in_loop_.load(std::memory_order_relaxed) == 0) let_go();
}

bool descriptor::is_only_the_sockets() const noexcept {
  // In this order: an operation is counted in the loop before it is no longer counted as one from
  // elsewhere; and what the loop has done for its operations, such as to register the file, it had
  // done before the last of them was over.
  const auto is_one = [this] { return users_.load(std::memory_order_acquire) == 1; };
  return is_one() && in_loop_.load(std::memory_order_acquire) == 0 && is_one();
}

void descriptor::accept_ahead(std::size_t limit) {
  if (accepted_ahead* const there = ahead()) return there->set_limit(limit);
  if (limit != 0) ahead_.store(new accepted_ahead(*this, limit), std::memory_order_release);
}

// By others than its socket and the ring.
bool descriptor::is_in_use() const noexcept {
  const unsigned owners = ring_number_ == unregistered ? 1 : 2;
  return users_.load(std::memory_order_acquire) > owners ||
         in_loop_.load(std::memory_order_acquire) != 0;
}

void descriptor::stop_lingering() noexcept {
  if (!std::exchange(may_linger_, false) || resets_when_closed(number_)) return;
  const ::linger none{};
  ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

void descriptor::close() noexcept {
  if (ahead() != nullptr) ahead()->close();
  if (is_only_the_sockets()) return let_go();
  const loop::visit here(owner_);
  if (!here) {
    stop_lingering();
    return leave_to_loop(is_to_close);
  }
  is_closing_ = true;
  if (is_in_use()) {
    cancel_all();
    if (ahead() != nullptr) ahead()->end();
    loop::reset_if_held(*this);
    owner_.tell_kernel_now();
    if (is_in_use()) stop_lingering();  // the kernel takes its time
  }
  on_closed();
}

int descriptor::release() noexcept {
  int released = number_;
  if (ahead() != nullptr) ahead()->close();
  if (is_only_the_sockets()) {
    is_released_ = true;
    let_go();
    return released;
  }
  const loop::visit here(owner_);
  if (!here) {
    released = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
    leave_to_loop(0);
    return released;
  }
  if (ahead() != nullptr && ahead()->is_outstanding()) {
    cancel_all();  // which else would wait for a connection in the ring
    ahead()->end();
    owner_.tell_kernel_now();
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

// Its socket is done with it, elsewhere than on the loop's thread. It may be gone when this
// returns.
void descriptor::leave_to_loop(unsigned how) noexcept {
  cancelled_until_.store(started_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  const unsigned state = is_queued | is_left_to_loop | how;
  if ((cancellation_state_.fetch_or(state, std::memory_order_seq_cst) & is_queued) != 0) return;
  hold();
  owner_.command(cancellation_);
}

bool descriptor::hand_in() noexcept {
  if (is_only_the_sockets()) return true;
  const loop::visit here(owner_);
  if (here) owner_.hand_in();
  return static_cast<bool>(here);
}

int descriptor::shut_down(int how) {
  if (hand_in()) return ::shutdown(number_, how);
  owner_.command(*allocate_operation<shutdown_command>(std::allocator<void>(), *this, how));
  return 0;
}

void descriptor::cancel_all() noexcept {
  cancelled_until_.store(started_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  if ((cancellation_state_.fetch_or(is_queued, std::memory_order_seq_cst) & is_queued) != 0) {
    if (owner_.is_running_here()) owner_.take_incoming();  // it may be there, from another thread
    return;
  }
  hold();
  owner_.command(cancellation_);
}

void descriptor::cancellation::run(operation* base, bool is_called) {
  descriptor& of = static_cast<cancellation*>(base)->of_;
  const unsigned state = of.cancellation_state_.exchange(0, std::memory_order_seq_cst);
  if ((state & is_to_close) != 0) of.is_closing_ = true;
  if (is_called) of.cancel_until(of.cancelled_until_.load(std::memory_order_seq_cst));
  if ((state & is_left_to_loop) != 0) {
    if (is_called && of.ahead() != nullptr && of.ahead()->is_outstanding()) {
      of.ahead()->end();
      of.owner_.tell_kernel_now();  // as it is no work that the loop would run on for
    }
    if (of.is_closing_) loop::reset_if_held(of);
    of.on_closed();
  }
  of.let_go();
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
      owner_.hand_over(static_cast<io_operation&>(*op), -ECANCELED);
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
      return owner_.hand_over(each, -ECANCELED);
    }
  }
}

}  // namespace timed::uring::detail
