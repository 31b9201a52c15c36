// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_RESERVED_MEMORY_H
#define TIMED_DETAIL_DEADLINE_RESERVED_MEMORY_H

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <new>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// Memory for a few of Asio's operations, so that they need no allocation that could fail. If it is
/// used up, or too small, the heap is used. Thread-safe.
class reserved_memory {
 public:
  reserved_memory() = default;
  reserved_memory(const reserved_memory&) = delete;
  reserved_memory& operator=(const reserved_memory&) = delete;

  void* allocate(std::size_t size) {
    for (block& each : blocks_) {
      if (size <= sizeof(each.bytes) && !each.is_taken.exchange(true, std::memory_order_acquire)) {
        return each.bytes.data();
      }
    }
    return ::operator new(size);
  }

  void deallocate(void* memory) noexcept {
    for (block& each : blocks_) {
      if (memory != each.bytes.data()) continue;
      assert(each.is_taken.load(std::memory_order_relaxed));
      return each.is_taken.store(false, std::memory_order_release);
    }
    ::operator delete(memory);
  }

  /// An allocator to associate with a handler.
  template <class T>
  class allocator {
   public:
    using value_type = T;

    explicit allocator(reserved_memory& from) noexcept : from_(&from) {}
    template <class Other>
    allocator(const allocator<Other>& other) noexcept : from_(other.from_) {}

    T* allocate(std::size_t count) {
      static_assert(alignof(T) <= alignof(std::max_align_t));
      return static_cast<T*>(from_->allocate(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t) noexcept { from_->deallocate(memory); }

    friend bool operator==(const allocator&, const allocator&) = default;

   private:
    template <class Other>
    friend class allocator;
    reserved_memory* from_;
  };

 private:
  struct block {
    alignas(std::max_align_t) std::array<std::byte, 256> bytes;
    std::atomic<bool> is_taken = false;
  };
  std::array<block, 4> blocks_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_RESERVED_MEMORY_H
