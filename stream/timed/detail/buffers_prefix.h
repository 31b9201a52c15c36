// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_BUFFERS_PREFIX_H
#define TIMED_DETAIL_BUFFERS_PREFIX_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// The beginning of a buffer sequence, itself one: at most so many bytes, and at most 16 buffers
/// that are not empty.
///
/// @tparam Buffer `net::mutable_buffer` or `net::const_buffer`.
template <class Buffer>
class buffers_prefix {
 public:
  using value_type = Buffer;
  using const_iterator = const Buffer*;

  template <class Buffers>
  buffers_prefix(const Buffers& buffers, std::size_t bytes_max) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers);
         each != end && count_ < buffers_.size() && bytes_max != 0; ++each) {
      const Buffer part = boost::asio::buffer(Buffer(*each), bytes_max);
      if (part.size() == 0) continue;
      buffers_[count_++] = part;
      bytes_max -= part.size();
    }
  }

  const_iterator begin() const noexcept { return buffers_.data(); }
  const_iterator end() const noexcept { return buffers_.data() + count_; }

 private:
  std::array<Buffer, 16> buffers_{};
  std::size_t count_ = 0;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_BUFFERS_PREFIX_H
