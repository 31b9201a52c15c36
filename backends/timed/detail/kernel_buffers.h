// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_KERNEL_BUFFERS_H
#define TIMED_DETAIL_KERNEL_BUFFERS_H

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <type_traits>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// Maximum number of buffers of a sequence: one, as many as its type says, or Asio's limit for a
/// system call.
template <class Buffers>
inline constexpr std::size_t buffers_max =
    std::is_convertible_v<const Buffers&, boost::asio::const_buffer> ? 1 : 64;
template <class Buffer, std::size_t Size>
inline constexpr std::size_t buffers_max<std::array<Buffer, Size>> = Size < 64 ? Size : 64;

/// The buffers of one operation as the kernel takes them, without those of size zero.
template <std::size_t Max>
class kernel_buffers {
 public:
  template <class Buffers>
  explicit kernel_buffers(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end && count_ < Max;
         ++each) {
      const boost::asio::const_buffer buffer(*each);
      if (buffer.size() == 0) continue;
      vectors_[count_++] = {.iov_base = const_cast<void*>(buffer.data()), .iov_len = buffer.size()};
    }
  }
  kernel_buffers(const kernel_buffers& other) noexcept : count_(other.count_) {
    for (std::size_t i = 0; i < count_; ++i) vectors_[i] = other.vectors_[i];
  }
  kernel_buffers& operator=(const kernel_buffers&) = delete;

  std::size_t count() const noexcept { return count_; }
  const ::iovec& first() const noexcept { return vectors_[0]; }

  ::msghdr& message() noexcept {
    message_ = {};
    message_.msg_iov = vectors_.data();
    message_.msg_iovlen = count_;
    return message_;
  }

 private:
  std::array<::iovec, Max> vectors_;  // Only the first `count_` are initialised.
  std::size_t count_ = 0;
  ::msghdr message_;
};

template <class Buffers>
using kernel_buffers_of = kernel_buffers<buffers_max<Buffers>>;

}  // namespace timed::detail

#endif  // TIMED_DETAIL_KERNEL_BUFFERS_H
