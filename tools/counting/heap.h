// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts what is allocated on the heap, by C++ and by C, of all that is in the program. A program
// that is linked with this has its functions in place of the C library's malloc(3), which they
// call: so it is for glibc, and does not go together with a sanitizer.

#ifndef TIMED_TOOLS_COUNTING_HEAP_H
#define TIMED_TOOLS_COUNTING_HEAP_H

#include <cstddef>
#include <cstdint>

namespace timed::counting {

/// Of the whole process, from its start on.
struct heap_counts {
  std::uint64_t allocations = 0;  ///< How often memory was allocated, or moved to a larger place.
  std::int64_t blocks = 0;        ///< That are allocated now.
  std::int64_t bytes = 0;         ///< In these, as malloc_usable_size(3) has it.
};

/// Is not to be called while another thread allocates.
heap_counts count_heap() noexcept;

}  // namespace timed::counting

#endif  // TIMED_TOOLS_COUNTING_HEAP_H
