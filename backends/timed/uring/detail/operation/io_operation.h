// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H
#define TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

class descriptor;

/// What a socket is asked to do. Operations of one lane are carried out one after the other.
struct request {
  enum class kind : std::uint8_t {
    receive,
    send,
    receive_message,
    send_message,
    wait,
    connect,
    accept,
    multishot_accept,  ///< of an `multishot_acceptor`, which is in no lane
  };
  enum class lane : std::uint8_t { read, write, other };

  kind what;
  lane in;
  std::int16_t events = 0;  ///< To poll(2) for: by a wait; by others, once they would block.
  int flags = 0;            ///< As for send(2), recv(2), accept4(2).
  void* data = nullptr;     ///< A buffer, a msghdr, or a sockaddr.
  std::size_t size = 0;     ///< The buffer's or the address's.
  ::socklen_t* address_size = nullptr;  ///< Of an accept.

  /// What the kernel transfers at most in one call.
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
  /// @param address Where the peer's goes to; null if nobody wants to know.
  static request accept(void* address, ::socklen_t* size, int flags) {
    return {kind::accept, lane::read, POLLIN, flags, address, 0, size};
  }
  static request multishot_accept() { return {kind::multishot_accept, lane::read, POLLIN}; }
};

/// A socket's operation.
///
/// It is with its descriptor, in the order in which it was started, until it is over; then with the
/// loop, whose thread is the only one that touches it.
class io_operation : public operation {
 protected:
  io_operation(function_type function, const request& wanted) noexcept
      : operation(function, arrival::start), wanted_(wanted) {}

  /// What the kernel said: a negative errno, or what the system call returns.
  int result() const noexcept { return result_; }

  request& wanted() noexcept { return wanted_; }

 private:
  friend class loop;
  friend class multishot_acceptor;
  friend class descriptor;
  friend class io_operation_list;

  enum class place : std::uint8_t {
    queued,     ///< behind others of its lane, or on its way to the loop
    waiting,    ///< for a free entry of the ring
    in_kernel,  ///< or prepared for it
    deferred,   ///< until there is a connection for it that was accepted ahead
  };

  request wanted_;
  descriptor* target_ = nullptr;  // which it keeps alive, until it is over
  io_operation* previous_ = nullptr;
  io_operation* following_ = nullptr;  // of those in its place
  const void* key_ = nullptr;          // that its cancellation slot knows it by
  std::uint64_t number_ = 0;           // in its descriptor
  int result_ = 0;
  place place_ = place::queued;
  bool is_cancelled_ = false;
  bool is_restarted_ = false;      // the kernel may have begun it before
  bool is_polling_ = false;        // as it would block, and the kernel does not wait for it
  bool zero_copy_allowed_ = true;  // if it is large enough for that; not if the kernel has said no
  bool buffer_in_use_ = false;     // it is done, but the kernel has not let go of the buffer yet
};

/// Operations that are in the same place; they are linked by themselves.
class io_operation_list {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  io_operation* first() const noexcept { return first_; }
  io_operation* last() const noexcept { return last_; }
  static io_operation* after(const io_operation& op) noexcept { return op.following_; }

  void push(io_operation& op) noexcept {
    op.previous_ = last_;
    op.following_ = nullptr;
    (last_ == nullptr ? first_ : last_->following_) = &op;
    last_ = &op;
  }

  void push_front(io_operation& op) noexcept {
    op.previous_ = nullptr;
    op.following_ = first_;
    (first_ == nullptr ? last_ : first_->previous_) = &op;
    first_ = &op;
  }

  void remove(io_operation& op) noexcept {
    (op.previous_ == nullptr ? first_ : op.previous_->following_) = op.following_;
    (op.following_ == nullptr ? last_ : op.following_->previous_) = op.previous_;
  }

 private:
  io_operation* first_ = nullptr;
  io_operation* last_ = nullptr;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_IO_OPERATION_H
