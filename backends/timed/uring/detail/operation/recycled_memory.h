// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_RECYCLED_MEMORY_H
#define TIMED_URING_DETAIL_OPERATION_RECYCLED_MEMORY_H

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "timed/detail/always_inline.h"
#include "timed/detail/requires_cxx20.h"
#include "timed/detail/sanitizers.h"

namespace timed::uring::detail {

/// Free blocks of one thread's memory, by size. Trivially constructed and destroyed, so that the
/// compiler adds no test for initialization to each access to the thread-local object.
template <std::size_t ClassCount>
struct kept_memory {
  struct size_class {
    std::array<void*, 16> blocks{};
    std::size_t count = 0;
  };

  void free_all() noexcept {
    for (size_class& each : classes) {
      while (each.count > 0) ::operator delete(each.blocks[--each.count]);
    }
  }

  std::array<size_class, ClassCount> classes{};
};

/// Memory of operations, of which each thread keeps some for the next ones. Asio does the same, but
/// only on threads that run its own contexts.
class recycled_memory {
 public:
  // Both are inlined, as the size is known where they are called.
  TIMED_ALWAYS_INLINE static void* allocate(std::size_t size) {
    const std::size_t index = class_of(size);
    if (index >= class_count) return ::operator new(size);
    auto& kept = kept_.classes[index];
    if (kept.count == 0) [[unlikely]]
      return ::operator new((index + 1) * granularity);
    return kept.blocks[--kept.count];
  }

  TIMED_ALWAYS_INLINE static void deallocate(void* memory, std::size_t size) noexcept {
    const std::size_t index = class_of(size);
    if (index < class_count && (keeps_ == keeping::yes || may_keep())) [[likely]] {
      auto& kept = kept_.classes[index];
      if (kept.count < kept.blocks.size()) [[likely]] {
        kept.blocks[kept.count++] = memory;
        return;
      }
    }
    ::operator delete(memory);
  }

 private:
#if TIMED_ADDRESS_SANITIZER
  static constexpr bool may_ever_keep = false;  // So that the sanitizer detects use after free.
#else
  static constexpr bool may_ever_keep = true;
#endif
  enum class keeping : unsigned char { not_yet, yes, no_more };

  // Frees what this thread has kept when the thread ends. After that it keeps nothing.
  struct at_thread_end {
    ~at_thread_end() {
      kept_.free_all();
      keeps_ = keeping::no_more;
    }
  };

  [[gnu::noinline]] static bool may_keep() noexcept {
    if (!may_ever_keep || keeps_ == keeping::no_more) return false;
    thread_local const at_thread_end freed;
    keeps_ = keeping::yes;
    return true;
  }

  static constexpr std::size_t granularity = 64;
  static constexpr std::size_t class_count = 32;

  static constexpr std::size_t class_of(std::size_t size) { return (size - 1) / granularity; }

  inline static constinit thread_local kept_memory<class_count> kept_{};
  inline static constinit thread_local keeping keeps_ = keeping::not_yet;
};

/// Allocates from `recycled_memory`.
template <class T>
class recycling_allocator {
 public:
  using value_type = T;

  recycling_allocator() noexcept = default;
  template <class Other>
  recycling_allocator(const recycling_allocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    return static_cast<T*>(recycled_memory::allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    recycled_memory::deallocate(memory, count * sizeof(T));
  }

  friend bool operator==(const recycling_allocator&, const recycling_allocator&) = default;
};

/// The allocator for an operation of type `T`, given its handler's.
template <class T, class Allocator>
struct allocator_for_operation {
  using type = typename std::allocator_traits<Allocator>::template rebind_alloc<T>;
  static type from(const Allocator& allocator) { return type(allocator); }
};
template <class T, class Any>
struct allocator_for_operation<T, std::allocator<Any>> {
  using type = recycling_allocator<T>;
  static type from(const std::allocator<Any>&) { return {}; }
};

/// Makes an operation.
template <class Operation, class Allocator, class... Args>
TIMED_ALWAYS_INLINE inline Operation* allocate_operation(const Allocator& allocator,
                                                         Args&&... args) {
  using choice = allocator_for_operation<Operation, Allocator>;
  using traits = std::allocator_traits<typename choice::type>;
  auto from = choice::from(allocator);
  Operation* const memory = traits::allocate(from, 1);
  try {
    return ::new (static_cast<void*>(memory)) Operation(std::forward<Args>(args)...);
  } catch (...) {
    traits::deallocate(from, memory, 1);
    throw;
  }
}

/// Destroys an operation, and frees its memory.
template <class Operation, class Allocator>
TIMED_ALWAYS_INLINE inline void free_operation(Operation* op, const Allocator& allocator) {
  using choice = allocator_for_operation<Operation, Allocator>;
  using traits = std::allocator_traits<typename choice::type>;
  auto from = choice::from(allocator);
  op->~Operation();
  traits::deallocate(from, op, 1);
}

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_RECYCLED_MEMORY_H
