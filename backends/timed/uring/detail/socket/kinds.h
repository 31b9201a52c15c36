// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_SOCKET_KINDS_H
#define TIMED_URING_DETAIL_SOCKET_KINDS_H

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <utility>

#include "timed/detail/errors.h"
#include "timed/detail/kernel_buffers.h"
#include "timed/uring/detail/operation/io_operation.h"

// The kinds of operations: what they ask the kernel for, and how they interpret its results.

namespace timed::uring::detail {

namespace net = boost::asio;
using boost::system::error_code;
using timed::detail::error_of;
using timed::detail::kernel_buffers;

/// The result of a transfer.
template <bool IsRead>
struct byte_count {
  template <class Call>
  static void complete(int result, Call call) {
    error_code ec = error_of(result);
    if (IsRead && result == 0) ec = net::error::eof;
    call(ec, static_cast<std::size_t>(result < 0 ? 0 : result));
  }
  static void discard(int) noexcept {}
};

/// A read or a write of some bytes. There is at least one.
template <bool IsRead, std::size_t Max>
class transfer_kind {
 public:
  template <class Buffers>
  transfer_kind(const Buffers& buffers, int flags) : buffers_(buffers), flags_(flags) {}

  request wanted() noexcept {
    if (Max == 1 || buffers_.count() == 1) {
      const ::iovec& only = buffers_.first();
      return IsRead ? request::receive(only.iov_base, only.iov_len, flags_)
                    : request::send(only.iov_base, only.iov_len, flags_);
    }
    ::msghdr& message = buffers_.message();
    return IsRead ? request::receive(message, flags_) : request::send(message, flags_);
  }
  byte_count<IsRead> take_completer() const noexcept { return {}; }

 private:
  kernel_buffers<Max> buffers_;
  int flags_;
};

/// The result of an operation that has an error code only.
struct plain_result {
  template <class Call>
  static void complete(int result, Call call) {
    call(error_of(result));
  }
  static void discard(int) noexcept {}
};

/// A wait until the socket is ready.
struct wait_kind {
  request::lane in;
  short events;

  request wanted() const noexcept { return request::wait(in, events); }
  plain_result take_completer() const noexcept { return {}; }
};

/// A connect.
template <class Endpoint>
struct connect_kind {
  Endpoint to;

  request wanted() const noexcept { return request::connect(to.data(), to.size()); }
  plain_result take_completer() const noexcept { return {}; }
};

/// An accept. With `wants_endpoint` it asks for the peer's endpoint. Otherwise, or if the peer has
/// reset the connection, that is `Endpoint()`.
///
/// @tparam Deliver Called with the new descriptor or a negative errno, the peer's endpoint, and the
///     function that takes the results.
template <class Endpoint, class Deliver>
class accept_kind {
 public:
  accept_kind(Deliver deliver, bool wants_endpoint)
      : deliver_(std::move(deliver)), wants_endpoint_(wants_endpoint) {}

  request wanted() noexcept {
    if (!wants_endpoint_) return request::accept(nullptr, nullptr, 0);
    size_ = static_cast<::socklen_t>(from_.capacity());
    return request::accept(from_.data(), &size_, 0);
  }

  class completer {
   public:
    completer(Endpoint from, ::socklen_t size, Deliver deliver)
        : from_(std::move(from)), size_(size), deliver_(std::move(deliver)) {}

    template <class Call>
    void complete(int result, Call call) {
      if (result >= 0 && size_ != 0) from_.resize(size_);
      deliver_(result, from_, std::move(call));
    }
    static void discard(int result) noexcept {
      if (result >= 0) ::close(result);
    }

   private:
    Endpoint from_;
    ::socklen_t size_;
    Deliver deliver_;
  };
  completer take_completer() { return completer(std::move(from_), size_, std::move(deliver_)); }

 private:
  Endpoint from_;
  ::socklen_t size_ = 0;
  Deliver deliver_;
  bool wants_endpoint_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_SOCKET_KINDS_H
