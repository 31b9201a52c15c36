// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_MULTISHOT_ACCEPTOR_H
#define TIMED_URING_DETAIL_LOOP_MULTISHOT_ACCEPTOR_H

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

class descriptor;

/// Accepts connections on a descriptor before they are asked for, by a multishot accept: one entry
/// of the ring serves many connections. It belongs to the descriptor.
///
/// Each connection is stored first, and then given to the oldest operation of the reading lane. If
/// there is no connection for that, the operation waits `at_acceptor`. So it is never in the kernel
/// together with the multishot accept, with which it would compete.
///
/// Invariant: while an operation waits here, the multishot accept is outstanding. It starts the
/// operation again when a connection arrives or the multishot accept ends.
///
/// The stored connections and their limit are under a mutex, since `accept()` takes them on any
/// thread. The rest is the loop's thread's.
class multishot_acceptor final : public io_operation {
 public:
  /// @throws std::bad_alloc
  multishot_acceptor(descriptor& listener, std::size_t limit);
  multishot_acceptor(const multishot_acceptor&) = delete;
  multishot_acceptor& operator=(const multishot_acceptor&) = delete;
  ~multishot_acceptor();

  /// @name Called by its socket, on any thread.
  /// @{

  /// Sets the number of connections to store. At that number the multishot accept is cancelled.
  void set_limit(std::size_t limit) noexcept;

  /// @return The oldest stored connection; -1 if there is none.
  int take_stored() noexcept;

  /// Where a call outside of the loop gets the next connection from.
  enum class source {
    stored,  ///< From `take_stored()`, unless another thread takes it first.
    loop,    ///< There is none yet; the loop accepts the next one.
    kernel,  ///< From the kernel; there is no multishot accept now.
  };
  /// Finds the next connection. On the loop's thread that stops the multishot accept, unless an
  /// operation waits for it.
  /// @param waits Whether to wait for a connection that the loop accepts on another thread.
  source find_source(bool waits) noexcept;

  /// Closes the connections that are stored, and those that follow.
  void close() noexcept;
  /// @}

  /// @name Called by the loop, on its thread.
  /// @{

  /// @return The result of an operation, by what is stored; -EAGAIN if nothing is.
  int try_at_once(const request& wanted) noexcept;

  /// Called for the first operation of a lane, before it is submitted.
  /// @return Whether it waits here for a connection instead.
  bool wait_for_connection(io_operation& op) noexcept;

  bool is_outstanding() const noexcept { return is_outstanding_.load(std::memory_order_acquire); }

  /// Cancels the multishot accept, if it is outstanding.
  void stop() noexcept;
  /// @}

 private:
  // Comes to the loop from another thread, at most one at a time.
  class stop_command final : public operation {
   public:
    explicit stop_command(multishot_acceptor& target) noexcept
        : operation(&stop_command::run, arrival::command), target_(target) {}
    std::atomic<bool> is_queued = false;

   private:
    static void run(operation* base, bool is_called);
    multishot_acceptor& target_;
  };

  static void on_entry(operation* base, bool is_called);
  void on_accepted(int native) noexcept;
  void on_end(int result) noexcept;

  bool try_begin() noexcept;
  bool is_full() const noexcept;
  bool has_stored() const noexcept;
  bool reports(int error) noexcept;
  io_operation* waiting_operation() const noexcept;
  void store(int native) noexcept;
  void restart_waiting_operation() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable connection_stored_;
  std::deque<int> stored_;
  std::size_t limit_;
  bool is_closed_ = false;

  std::atomic<bool> is_outstanding_ = false;
  bool is_refused_ = false;   // The kernel does not support it.
  bool polls_first_ = false;  // The file is non-blocking, so that the kernel does not wait.
  stop_command stop_command_{*this};
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_MULTISHOT_ACCEPTOR_H
