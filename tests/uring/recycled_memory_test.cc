// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/operation/recycled_memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <set>
#include <thread>

#include "timed/detail/sanitizers.h"

namespace {

std::atomic<std::ptrdiff_t> blocks = 0;

#if TIMED_ADDRESS_SANITIZER
constexpr bool are_counted = false;  // it sees by itself what is lost
#else
constexpr bool are_counted = true;
#endif

}  // namespace

#if !TIMED_ADDRESS_SANITIZER
// In place of the library's, for this program.
void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  ++blocks;
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) --blocks;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
#endif

namespace timed::uring::detail {
namespace {

// Gives memory back when its thread ends.
struct until_thread_end {
  void* memory = nullptr;
  ~until_thread_end() { recycled_memory::deallocate(memory, 100); }
};

template <class Function>
std::ptrdiff_t blocks_left_by_thread(Function function) {
  const std::ptrdiff_t before = blocks;
  std::thread(function).join();
  return blocks - before;
}

TEST(recycled_memory, gives_what_it_has_kept_for_the_same_size) {
  std::set<void*> first;
  for (int i = 0; i < 8; ++i) first.insert(recycled_memory::allocate(100));
  for (void* const each : first) recycled_memory::deallocate(each, 100);
  std::set<void*> second;
  for (int i = 0; i < 8; ++i) second.insert(recycled_memory::allocate(100));
  if (are_counted) {
    EXPECT_EQ(first, second);
  }
  for (void* const each : second) recycled_memory::deallocate(each, 100);
}

TEST(recycled_memory, is_freed_when_its_thread_ends) {
  EXPECT_EQ(blocks_left_by_thread([] {
              for (const std::size_t size : {1U, 64U, 65U, 2048U, 2049U, 100'000U}) {
                void* const memory = recycled_memory::allocate(size);
                recycled_memory::deallocate(memory, size);
              }
            }),
            0);
}

TEST(recycled_memory, is_not_kept_of_what_is_freed_when_the_thread_has_ended) {
  EXPECT_EQ(blocks_left_by_thread([] {
              // Before anything was kept, so that it ends after that.
              thread_local until_thread_end last;
              last.memory = recycled_memory::allocate(100);
              recycled_memory::deallocate(recycled_memory::allocate(100), 100);
            }),
            0);
}

TEST(recycled_memory, may_be_freed_by_another_thread) {
  void* memory = nullptr;
  EXPECT_EQ(blocks_left_by_thread([&] { memory = recycled_memory::allocate(100); }),
            are_counted ? 1 : 0);
  EXPECT_EQ(blocks_left_by_thread([&] { recycled_memory::deallocate(memory, 100); }),
            are_counted ? -1 : 0);
}

}  // namespace
}  // namespace timed::uring::detail
