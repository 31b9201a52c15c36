// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_RAW_LIBURING_RECEIVE_BUFFERS_H
#define TIMED_BENCH_CONTENDERS_RAW_LIBURING_RECEIVE_BUFFERS_H

#include <liburing.h>

#include <bit>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <vector>

namespace timed::bench::contenders {

/// Buffers of equal size, of which the kernel picks one whenever something arrives: for multishot
/// receive operations.
class receive_buffers {
 public:
  /// The group's number in submission queue entries.
  static constexpr unsigned short group = 1;

  /// @param ring Has to outlive this object.
  /// @param count Smallest number of buffers.
  /// @throws std::system_error, for example before Linux 5.19.
  receive_buffers(io_uring& ring, std::size_t count, std::size_t bytes_each)
      : uring_(ring),
        count_(static_cast<unsigned>(std::bit_ceil(count))),
        bytes_each_(static_cast<unsigned>(bytes_each)),
        memory_(count_ * bytes_each) {
    int error = 0;
    buffers_ = ::io_uring_setup_buf_ring(&uring_, count_, group, 0, &error);
    if (buffers_ == nullptr) {
      throw std::system_error(-error, std::generic_category(), "io_uring_setup_buf_ring");
    }
    for (unsigned i = 0; i < count_; ++i) give_back(i);
  }
  receive_buffers(const receive_buffers&) = delete;
  receive_buffers& operator=(const receive_buffers&) = delete;
  ~receive_buffers() { ::io_uring_free_buf_ring(&uring_, buffers_, count_, group); }

  /// Whether a completion is that of a receive operation, with a buffer.
  static bool has_buffer(const io_uring_cqe& completion) {
    return (completion.flags & IORING_CQE_F_BUFFER) != 0;
  }

  /// Copies what has arrived, and gives the buffer back to the kernel.
  void copy_out(const io_uring_cqe& completion, void* to) {
    const unsigned index = completion.flags >> IORING_CQE_BUFFER_SHIFT;
    std::memcpy(to, buffer(index), static_cast<std::size_t>(completion.res));
    give_back(index);
  }

 private:
  char* buffer(unsigned index) { return memory_.data() + std::size_t{index} * bytes_each_; }

  void give_back(unsigned index) {
    ::io_uring_buf_ring_add(buffers_, buffer(index), bytes_each_,
                            static_cast<unsigned short>(index), ::io_uring_buf_ring_mask(count_),
                            0);
    ::io_uring_buf_ring_advance(buffers_, 1);
  }

  io_uring& uring_;
  const unsigned count_;
  const unsigned bytes_each_;
  std::vector<char> memory_;
  io_uring_buf_ring* buffers_ = nullptr;
};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_RAW_LIBURING_RECEIVE_BUFFERS_H
