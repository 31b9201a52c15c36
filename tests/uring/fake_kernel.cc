// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/uring/fake_kernel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

namespace timed::uring::tests {
namespace {

// As many as the kernel completes in a call, whatever that waits for.
constexpr unsigned completions_per_enter = 20;

long or_error(long result) {
  return result < 0 ? -errno : result;
}

std::int64_t now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

short events_of(const io_uring_sqe& entry) {
  switch (entry.opcode) {
    case IORING_OP_POLL_ADD:
      return static_cast<short>(entry.poll32_events | POLLRDHUP);  // asked for or not
    case IORING_OP_SEND:
    case IORING_OP_SEND_ZC:
    case IORING_OP_SENDMSG:
    case IORING_OP_CONNECT:
      return POLLOUT;
    default:
      return POLLIN;
  }
}

short polled(const io_uring_sqe& entry) {
  ::pollfd polled{.fd = entry.fd, .events = events_of(entry), .revents = 0};
  return ::poll(&polled, 1, 0) > 0 ? polled.revents : short{0};
}

bool is_multishot_poll(const io_uring_sqe& entry) {
  return entry.opcode == IORING_OP_POLL_ADD && (entry.len & IORING_POLL_ADD_MULTI) != 0;
}

// Whether it completes although it would block.
bool does_not_wait(const io_uring_sqe& entry) {
  const bool is_send = entry.opcode == IORING_OP_SEND || entry.opcode == IORING_OP_SEND_ZC ||
                       entry.opcode == IORING_OP_SENDMSG;
  return is_send && (entry.msg_flags & MSG_DONTWAIT) != 0;
}

bool is_multishot_accept(const io_uring_sqe& entry) {
  return entry.opcode == IORING_OP_ACCEPT && (entry.ioprio & IORING_ACCEPT_MULTISHOT) != 0;
}

template <class T>
T* pointer(std::uint64_t address) {
  return reinterpret_cast<T*>(address);
}

}  // namespace

// What is shared between the two sides of a ring.
struct fake_kernel::memory {
  explicit memory(unsigned entry_count, unsigned completion_count)
      : entries(entry_count), completions(completion_count) {}

  unsigned submitted_head = 0, submitted_tail = 0, flags = 0, dropped = 0;
  unsigned completed_head = 0, completed_tail = 0, overflow = 0;
  std::vector<io_uring_sqe> entries;
  std::vector<io_uring_cqe> completions;
};

fake_kernel::fake_kernel(std::uint64_t seed) : random_(seed), decide_(*random_) {}

fake_kernel::fake_kernel(decisions& decide) : decide_(decide) {}

fake_kernel::~fake_kernel() = default;

fake_kernel::file::file(int other) : descriptor_(::fcntl(other, F_DUPFD_CLOEXEC, 0)) {}

fake_kernel::file::~file() {
  ::close(descriptor_);
}

int fake_kernel::open(unsigned entries, io_uring& ring, io_uring_params& params) {
  entries = std::bit_ceil(entries);
  const unsigned completions = std::bit_ceil(std::max(params.cq_entries, entries));
  memory_ = std::make_unique<memory>(entries, completions);
  std::memset(&ring, 0, sizeof(ring));
  ring.ring_fd = -1;
  ring.flags = params.flags | IORING_SETUP_NO_SQARRAY;
  ring.sq.khead = &memory_->submitted_head;
  ring.sq.ktail = &memory_->submitted_tail;
  ring.sq.kflags = &memory_->flags;
  ring.sq.kdropped = &memory_->dropped;
  ring.sq.sqes = memory_->entries.data();
  ring.sq.ring_entries = entries;
  ring.sq.ring_mask = entries - 1;
  ring.cq.khead = &memory_->completed_head;
  ring.cq.ktail = &memory_->completed_tail;
  ring.cq.koverflow = &memory_->overflow;
  ring.cq.cqes = memory_->completions.data();
  ring.cq.ring_entries = completions;
  ring.cq.ring_mask = completions - 1;
  params.features = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_FAST_POLL |
                    IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_MIN_TIMEOUT | IORING_FEAT_RW_ATTR;
  return 0;
}

void fake_kernel::close(io_uring&) {
  pending_.clear();
  completed_.clear();
  files_.clear();
  memory_.reset();
}

int fake_kernel::register_with(io_uring&, unsigned opcode, const void* argument, unsigned count) {
  switch (opcode) {
    case IORING_REGISTER_ENABLE_RINGS:
      return 0;
    case IORING_REGISTER_FILES:
      files_.resize(count);
      set_files(0, static_cast<const int*>(argument), count);
      return 0;
    case IORING_REGISTER_FILES_UPDATE: {
      const auto& update = *static_cast<const io_uring_files_update*>(argument);
      const auto* const descriptors = pointer<const int>(update.fds);
      if (*descriptors >= 0 && chance(20)) return -ENOMEM;
      set_files(update.offset, descriptors, count);
      return static_cast<int>(count);
    }
    default:
      return -EINVAL;
  }
}

void fake_kernel::set_files(std::size_t first, const int* descriptors, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int descriptor = descriptors[i];
    files_[first + i] = descriptor < 0 ? nullptr : std::make_shared<const file>(descriptor);
  }
}

std::size_t fake_kernel::shorten(std::size_t size) {
  if (size < 2 || !chance(40)) return size;
  ++seen_.shortened;
  return 1 + decide_.below(size - 1);
}

ssize_t fake_kernel::send(int descriptor, const void* data, std::size_t size, int flags) {
  if (chance(20)) return chance(50) ? -EAGAIN : -EINTR;
  return or_error(::send(descriptor, data, shorten(size), flags | MSG_DONTWAIT));
}

ssize_t fake_kernel::receive(int descriptor, void* data, std::size_t size, int flags) {
  if (chance(20)) return chance(50) ? -EAGAIN : -EINTR;
  return or_error(::recv(descriptor, data, shorten(size), flags | MSG_DONTWAIT));
}

int fake_kernel::refuse() {
  constexpr std::array<int, 4> reasons = {-EAGAIN, -EBUSY, -EINTR, -ENOMEM};
  ++seen_.refused;
  return reasons[decide_.below(reasons.size())];
}

int fake_kernel::enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
                       const void* argument, std::size_t) {
  if (chance(5)) return refuse();
  const unsigned taken =
      chance(20) && to_submit > 0 ? static_cast<unsigned>(decide_.below(to_submit + 1)) : to_submit;
  take(ring, taken);
  if ((flags & IORING_ENTER_GETEVENTS) == 0) return static_cast<int>(taken);
  complete_some(std::max(wait_for, completions_per_enter));
  unsigned delivered = deliver(ring);
  if (taken < to_submit || wait_for == 0) return static_cast<int>(taken);
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  if ((flags & IORING_ENTER_EXT_ARG) != 0) {
    const auto& extended = *static_cast<const io_uring_getevents_arg*>(argument);
    if (extended.ts != 0) {
      const auto& time = *pointer<const __kernel_timespec>(extended.ts);
      until = time.tv_sec * 1'000'000'000 + time.tv_nsec;
      if ((flags & IORING_ENTER_ABS_TIMER) == 0) until += now();
    }
  }
  while (delivered == 0) {
    if (!wait_for_any(until)) return taken > 0 ? static_cast<int>(taken) : -ETIME;
    complete_some(completions_per_enter);
    delivered = deliver(ring);
  }
  return static_cast<int>(taken);
}

void fake_kernel::take(io_uring& ring, unsigned count) {
  for (; count > 0; --count) {
    pending next{.entry = ring.sq.sqes[memory_->submitted_head & ring.sq.ring_mask]};
    io_uring_smp_store_release(&memory_->submitted_head, memory_->submitted_head + 1);
    if (next.entry.opcode == IORING_OP_ASYNC_CANCEL) {
      cancel(next.entry);
      continue;
    }
    if ((next.entry.flags & IOSQE_FIXED_FILE) != 0) {
      ++seen_.registered;
      next.registered = files_.at(static_cast<std::size_t>(next.entry.fd));
      next.entry.fd = next.registered ? next.registered->descriptor() : -1;
    }
    pending_.push_back(std::move(next));
  }
}

void fake_kernel::cancel(const io_uring_sqe& entry) {
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const pending& each) {
    return each.entry.user_data == entry.addr && !each.is_notification;
  });
  if (found == pending_.end()) {
    ++seen_.too_late;
    return complete(entry.user_data, -ENOENT);
  }
  const bool is_known = multishot_accepts_ || !is_multishot_accept(found->entry);
  if (chance(30) && is_known) {  // it is just being carried out
    ++seen_.too_late;
    pending late = *found;
    const long result = attempt(late);
    if (result != -EAGAIN && !is_multishot_poll(late.entry)) {
      pending_.erase(found);
      end(late, result);
      return complete(entry.user_data, -EALREADY);
    }
  }
  ++seen_.cancelled;
  found->is_cancelled = true;
  complete(entry.user_data, 0);
}

void fake_kernel::complete_some(unsigned at_most) {
  if (!behaves_) decide_.shuffle(pending_);
  std::vector<pending> all = std::exchange(pending_, {});
  for (pending& each : all) {
    if (at_most == 0 || chance(30)) {
      pending_.push_back(each);
      continue;
    }
    if (each.is_notification) {
      --at_most;
      (void)*pointer<volatile const char>(each.entry.addr);  // it is still there
      complete(each.entry.user_data, 0, IORING_CQE_F_NOTIF);
      continue;
    }
    long result = -ECANCELED;
    if (!each.is_cancelled) {
      constexpr std::array<int, 3> again = {-EINTR, -ECANCELED, -EAGAIN};
      if (chance(10)) {
        // Of the wait for the eventfd the loop takes any result.
        // A connect that would block has begun; so without that it does not say so.
        const bool is_connect = each.entry.opcode == IORING_OP_CONNECT;
        result = again[decide_.below(is_connect ? again.size() - 1 : again.size())];
        ++seen_.spurious;
      } else if (each.entry.opcode == IORING_OP_ACCEPT && chance(5)) {
        result = -ECONNABORTED;
        ++seen_.spurious;
      } else if (is_multishot_accept(each.entry) && (!multishot_accepts_ || chance(5))) {
        result = multishot_accepts_ ? -EMFILE : -EINVAL;
      } else {
        result = attempt(each);
        if (result == -EAGAIN && !does_not_wait(each.entry)) {
          pending_.push_back(each);
          continue;
        }
      }
    }
    --at_most;
    end(each, result);
  }
}

// What comes of an operation; a notification, or more of the same, may come after that.
void fake_kernel::end(const pending& op, long result) {
  if (is_multishot_accept(op.entry) && result >= 0 && !chance(20)) {
    ++seen_.ahead;
    complete(op.entry.user_data, result, IORING_CQE_F_MORE);
    return pending_.push_back(op);
  }
  if (is_multishot_poll(op.entry) && result >= 0 && !chance(20)) {
    ++seen_.changes;
    complete(op.entry.user_data, result, IORING_CQE_F_MORE);
    return pending_.push_back(op);
  }
  if (op.entry.opcode != IORING_OP_SEND_ZC || chance(20)) {
    return complete(op.entry.user_data, result);
  }
  ++seen_.held;
  complete(op.entry.user_data, result, IORING_CQE_F_MORE);
  pending_.push_back({.entry = op.entry, .is_notification = true});
}

// @return What the operation comes to; -EAGAIN if it has to wait.
long fake_kernel::attempt(pending& op) {
  const io_uring_sqe& entry = op.entry;
  const short ready = polled(entry);
  const short reported = std::exchange(op.reported, is_multishot_poll(entry) ? ready : short{0});
  if (ready == 0 && entry.opcode != IORING_OP_CONNECT) return -EAGAIN;
  const int flags = static_cast<int>(entry.msg_flags);
  switch (entry.opcode) {
    case IORING_OP_READ:
      return or_error(::read(entry.fd, pointer<void>(entry.addr), entry.len));
    case IORING_OP_RECV:
      return receive(entry.fd, pointer<void>(entry.addr), entry.len, flags);
    case IORING_OP_SEND:
    case IORING_OP_SEND_ZC:
      return send(entry.fd, pointer<void>(entry.addr), entry.len, flags);
    case IORING_OP_RECVMSG:
      return or_error(::recvmsg(entry.fd, pointer<::msghdr>(entry.addr), flags | MSG_DONTWAIT));
    case IORING_OP_SENDMSG:
      return or_error(::sendmsg(entry.fd, pointer<::msghdr>(entry.addr), flags | MSG_DONTWAIT));
    case IORING_OP_ACCEPT:
      return or_error(::accept4(entry.fd, pointer<::sockaddr>(entry.addr),
                                pointer<::socklen_t>(entry.addr2),
                                static_cast<int>(entry.accept_flags)));
    case IORING_OP_CONNECT:
      return or_error(::connect(entry.fd, pointer<const ::sockaddr>(entry.addr),
                                static_cast<::socklen_t>(entry.off)));
    case IORING_OP_POLL_ADD:
      // A change of something else is reported too.
      return (ready & ~reported) != 0 || chance(5) ? ready : -EAGAIN;
    default:
      return -EINVAL;
  }
}

void fake_kernel::complete(std::uint64_t user_data, long result, unsigned flags) {
  io_uring_cqe completion{};
  completion.user_data = user_data;
  completion.res = static_cast<int>(result);
  completion.flags = flags;
  if (result > 0 && chance(50)) completion.flags |= IORING_CQE_F_SOCK_NONEMPTY;
  completed_.push_back(completion);
}

// @return How many there are for the other side to see.
unsigned fake_kernel::deliver(io_uring& ring) {
  const unsigned head = io_uring_smp_load_acquire(&memory_->completed_head);
  unsigned tail = memory_->completed_tail;
  while (!completed_.empty() && tail - head < ring.cq.ring_entries) {
    ring.cq.cqes[tail++ & ring.cq.ring_mask] = completed_.front();
    completed_.pop_front();
  }
  io_uring_smp_store_release(&memory_->completed_tail, tail);
  // The one flag may stay set with nothing behind it.
  memory_->flags &= ~static_cast<unsigned>(IORING_SQ_CQ_OVERFLOW);
  if (!completed_.empty()) memory_->flags |= IORING_SQ_CQ_OVERFLOW;
  if (chance(30)) memory_->flags ^= IORING_SQ_TASKRUN;
  seen_.overflowed += static_cast<unsigned>(completed_.size());
  return tail - head;
}

// @return Whether something can be done; not if the time has come.
bool fake_kernel::wait_for_any(std::int64_t until) {
  std::vector<::pollfd> polled;
  for (const pending& each : pending_) {
    if (each.is_cancelled || each.is_notification) return true;
    const auto events = static_cast<short>(events_of(each.entry) & ~each.reported);
    polled.push_back({.fd = each.entry.fd, .events = events, .revents = 0});
  }
  const std::int64_t left = until - now();
  if (left <= 0) return false;
  const ::timespec time{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  const int ready = ::ppoll(polled.data(), polled.size(), &time, nullptr);
  return ready > 0 || now() < until;
}

}  // namespace timed::uring::tests
