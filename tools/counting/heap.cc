// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tools/counting/heap.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#if !defined(__GLIBC__)
#error "This is for glibc, whose malloc has other names too."
#endif

// glibc's own names for its functions.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}

namespace {

std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::int64_t> blocks = 0;
std::atomic<std::int64_t> bytes = 0;

void* counted(void* memory) {
  if (memory == nullptr) return nullptr;
  allocations.fetch_add(1, std::memory_order_relaxed);
  blocks.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(static_cast<std::int64_t>(::malloc_usable_size(memory)),
                  std::memory_order_relaxed);
  return memory;
}

void count_out(void* memory) {
  if (memory == nullptr) return;
  blocks.fetch_sub(1, std::memory_order_relaxed);
  bytes.fetch_sub(static_cast<std::int64_t>(::malloc_usable_size(memory)),
                  std::memory_order_relaxed);
}

}  // namespace

timed::counting::heap_counts timed::counting::count_heap() noexcept {
  return {allocations, blocks, bytes};
}

extern "C" {

void* malloc(std::size_t size) noexcept {
  return counted(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(__libc_calloc(count, size));
}

void* realloc(void* memory, std::size_t size) noexcept {
  count_out(memory);
  void* const moved = __libc_realloc(memory, size);
  if (moved == nullptr && size != 0) {  // it is where it was
    if (memory != nullptr) {
      counted(memory);
      allocations.fetch_sub(1, std::memory_order_relaxed);
    }
    return nullptr;
  }
  return counted(moved);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) noexcept {
  count_out(memory);
  __libc_free(memory);
}

}  // extern "C"
