// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H
#define TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "timed/uring/detail/operation/assert.h"
#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

class descriptor;

/// What a socket asks the kernel for. Operations of one lane are carried out one after the other.
struct request {
  enum class kind : std::uint8_t {
    receive,
    send,
    receive_message,
    send_message,
    wait,
    connect,
    accept,
    multishot_accept,  ///< Of a `multishot_acceptor`. It is in no lane.
  };
  enum class lane : std::uint8_t { read, write, other };

  kind what;
  lane in;
  std::int16_t events = 0;              ///< As for poll(2): what to wait for, if it would block.
  int flags = 0;                        ///< As for send(2), recv(2), accept4(2).
  void* data = nullptr;                 ///< A buffer, a msghdr, or a sockaddr.
  std::size_t size = 0;                 ///< The buffer's or the address's.
  ::socklen_t* address_size = nullptr;  ///< Of an accept.

  /// Returns whether the result of a poll means that the file is ready for it.
  bool is_ready(int polled) const noexcept {
    return (polled & (events | POLLERR | POLLHUP | POLLNVAL)) != 0;
  }

  bool is_read() const noexcept { return what == kind::receive || what == kind::receive_message; }
  bool is_write() const noexcept { return what == kind::send || what == kind::send_message; }

  /// Maximum number of bytes that the kernel transfers in one call.
  static constexpr std::size_t bytes_max = 0x7ffff000;

  static request receive(void* data, std::size_t size, int flags) {
    return {kind::receive, lane::read, POLLIN, flags, data, std::min(size, bytes_max)};
  }
  static request receive(::msghdr& message, int flags) {
    return {kind::receive_message, lane::read, POLLIN, flags, &message};
  }
  static request send(const void* data, std::size_t size, int flags) {
    return {kind::send,
            lane::write,
            POLLOUT,
            flags,
            const_cast<void*>(data),
            std::min(size, bytes_max)};
  }
  static request send(::msghdr& message, int flags) {
    return {kind::send_message, lane::write, POLLOUT, flags, &message};
  }
  static request wait(lane in, short events) { return {kind::wait, in, events}; }
  static request connect(const void* address, std::size_t size) {
    return {kind::connect, lane::write, POLLOUT, 0, const_cast<void*>(address), size};
  }
  /// @param address Where to store the peer's address; may be null.
  static request accept(void* address, ::socklen_t* size, int flags) {
    return {kind::accept, lane::read, POLLIN, flags, address, 0, size};
  }
  static request multishot_accept() { return {kind::multishot_accept, lane::read, POLLIN}; }
};

/// A socket's operation.
///
/// Unless it completes at once, it is in a lane of its descriptor until it completes, in the order
/// in which it was started. Then it is among the handlers that are ready. After
/// `descriptor::adopt()` only the loop's thread uses it.
///
/// A multishot operation is in no lane. It is called at once for each of its completion queue
/// entries; it goes on if its place is still `in_kernel`.
class io_operation : public operation {
 protected:
  io_operation(function_type function, const request& wanted) noexcept
      : operation(function, arrival::start),
        wanted_(wanted),
        is_multishot_(wanted.what == request::kind::multishot_accept) {}

  /// What the kernel returned: a negative errno, or what the system call returns.
  int result() const noexcept { return result_; }

 private:
  friend class descriptor;
  friend class io_operation_list;
  friend class loop;
  friend class multishot_acceptor;
  friend class submissions;

  enum class place : std::uint8_t {
    queued,       ///< It has not begun, or has ended.
    waiting,      ///< It waits for a free entry of the ring.
    in_kernel,    ///< It has an entry, whether that is submitted or not.
    at_acceptor,  ///< It waits for a connection of the `multishot_acceptor`.
  };

  // Whether its entry waits until the file is ready.
  bool is_poll() const noexcept { return is_polling_ || wanted_.what == request::kind::wait; }
  // Whether the kernel has to cancel its entry.
  bool needs_cancellation() const noexcept { return is_cancelled_ || found_ready_; }

  // Each transition leaves or enters `queued`, except that from `waiting` to `in_kernel`.
  void move_to(place to) noexcept {
    TIMED_URING_ASSERT(place_ != to);
    TIMED_URING_ASSERT(place_ == place::queued || to == place::queued ||
                       (place_ == place::waiting && to == place::in_kernel));
    place_ = to;
  }

  request wanted_;
  descriptor* target_ = nullptr;  // It has a reference, unless it completes at once.
  io_operation* previous_ = nullptr;
  io_operation* following_ = nullptr;  // In the list of its place.
  const void* key_ = nullptr;          // Identifies it for its cancellation slot.
  std::uint64_t number_ = 0;           // Its descriptor's operations are numbered.
  int result_ = 0;
  place place_ = place::queued;
  bool is_cancelled_ = false;
  bool is_restarted_ = false;  // It was submitted before, and may have begun then.
  bool is_polling_ = false;    // Its entry waits until the file is ready; it is not a wait itself.
  bool polls_multishot_ = false;  // Its polls are multishot ones: see `action::poll_multishot`.
  bool found_ready_ = false;      // Such a poll has found the file ready, and is being cancelled.
  bool has_polled_ = false;       // A poll has found the file ready before.
  bool may_block_ = false;        // A write that would block nevertheless: the kernel waits.
  bool zero_copy_allowed_ = true;
  bool buffer_in_use_ = false;  // It has its result, but the kernel still uses its buffer.
  const bool is_multishot_;
};

/// Operations that are in the same place, linked by themselves.
class io_operation_list {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  io_operation* first() const noexcept { return first_; }
  io_operation* last() const noexcept { return last_; }
  static io_operation* after(const io_operation& op) noexcept { return op.following_; }

  void push(io_operation& op) noexcept {
    TIMED_URING_ASSERT(!is_linked(op));
    op.previous_ = last_;
    op.following_ = nullptr;
    (last_ == nullptr ? first_ : last_->following_) = &op;
    last_ = &op;
  }

  void push_front(io_operation& op) noexcept {
    TIMED_URING_ASSERT(!is_linked(op));
    op.previous_ = nullptr;
    op.following_ = first_;
    (first_ == nullptr ? last_ : first_->previous_) = &op;
    first_ = &op;
  }

  void remove(io_operation& op) noexcept {
    TIMED_URING_ASSERT((op.previous_ == nullptr ? first_ : op.previous_->following_) == &op);
    TIMED_URING_ASSERT((op.following_ == nullptr ? last_ : op.following_->previous_) == &op);
    (op.previous_ == nullptr ? first_ : op.previous_->following_) = op.following_;
    (op.following_ == nullptr ? last_ : op.following_->previous_) = op.previous_;
#if TIMED_URING_ASSERTIONS
    op.previous_ = op.following_ = nullptr;
#endif
  }

 private:
  // Whether the operation is in this list or another one; known while assertions are active.
  bool is_linked(const io_operation& op) const noexcept {
    return op.previous_ != nullptr || op.following_ != nullptr || first_ == &op;
  }

  io_operation* first_ = nullptr;
  io_operation* last_ = nullptr;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H
