// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_ASYMMETRIC_FENCE_H
#define TIMED_DETAIL_DEADLINE_ASYMMETRIC_FENCE_H

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "timed/detail/always_inline.h"
#include "timed/detail/requires_cxx20.h"
#include "timed/detail/sanitizers.h"

namespace timed::detail {

/// A pair of sequentially consistent fences, one for a fast path, the other for a slow path: as
/// P1202 proposes for C++, by Linux's membarrier(2).
///
/// Each of two threads writes, fences (one of them by `light()`, the other by `heavy()`), and then
/// reads what the other one writes. At least one of the two sees the other's write. `light()` costs
/// one test; `heavy()` a system call that interrupts the other CPUs on which this process runs.
class asymmetric_fence {
 public:
  TIMED_ALWAYS_INLINE static void light() noexcept {
    if (kernel_helps_.load(std::memory_order_relaxed)) [[likely]] {
      std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler does not reorder
    } else {
      full();
    }
  }

  static void heavy() noexcept {
    full();
    if (!kernel_helps_.load(std::memory_order_relaxed) || fence_everywhere()) return;
    // The process is not registered, as a forked child is not on some kernels; or a sandbox that
    // was entered since forbids the call.
    if (register_process() && fence_everywhere()) return;
    kernel_helps_.store(false, std::memory_order_relaxed);
    // By then, what threads have stored before their last light() has left their store buffers.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  static void full() noexcept {
#if TIMED_THREAD_SANITIZER
    // The thread sanitizer does not support fences, and GCC warns of them. This is a fence on x86,
    // and strong enough elsewhere for a test.
    static std::atomic<int> any;
    any.fetch_add(0, std::memory_order_seq_cst);
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  }

  static bool fence_everywhere() noexcept { return call(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }
  static bool register_process() noexcept {
    return call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  }
  static bool call(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }

  inline static std::atomic<bool> kernel_helps_ = register_process();
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_ASYMMETRIC_FENCE_H
