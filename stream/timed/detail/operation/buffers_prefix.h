// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_BUFFERS_PREFIX_H
#define TIMED_DETAIL_OPERATION_BUFFERS_PREFIX_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "timed/detail/always_inline.h"
#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// The beginning of a buffer sequence, itself a buffer sequence: at most `bytes_max` bytes, in at
/// most 16 buffers that are not empty.
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

/// Whether a sequence of this type may begin with more empty buffers than a socket considers:
/// Asio's consider 64 buffers, and transfer nothing if these are empty.
template <class Buffers>
inline constexpr bool may_have_many_empty_buffers =
    !std::is_convertible_v<const Buffers&, boost::asio::const_buffer>;
template <class Buffer, std::size_t Size>
inline constexpr bool may_have_many_empty_buffers<std::array<Buffer, Size>> = (Size > 64);

/// Calls `use` with the buffers; if they begin with an empty one, with the prefix that is not
/// empty.
/// @tparam Buffer As for `buffers_prefix`.
/// @return The result of `use`.
template <class Buffer, class Buffers, class Use>
TIMED_ALWAYS_INLINE inline auto skip_empty_buffers(const Buffers& buffers, Use use) {
  if constexpr (may_have_many_empty_buffers<Buffers>) {
    const auto first = boost::asio::buffer_sequence_begin(buffers);
    if (first != boost::asio::buffer_sequence_end(buffers) && Buffer(*first).size() == 0)
        [[unlikely]] {
      return use(buffers_prefix<Buffer>(buffers, std::numeric_limits<std::size_t>::max()));
    }
  }
  return use(buffers);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_BUFFERS_PREFIX_H
