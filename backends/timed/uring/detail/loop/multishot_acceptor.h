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

/// Connections that the kernel accepts on a descriptor before somebody asks for them: by one
/// operation that goes on (a multishot accept), and so takes one entry of the ring for many
/// connections. It belongs to the descriptor.
///
/// Each connection is kept first, and then given to the operation that is the oldest of the
/// reading lane. That operation is `deferred` while there is none; so it never is in the kernel
/// together with this one, with which it would compete.
///
/// Invariant: if an operation is deferred, this one is outstanding, and looks after it in the end.
///
/// What is kept, and how many that may be, is under a mutex, since `accept()` takes from it on any
/// thread; the rest is the loop's thread's.
class multishot_acceptor final : public io_operation {
 public:
  /// @throws std::bad_alloc
  multishot_acceptor(descriptor& of, std::size_t limit);
  multishot_acceptor(const multishot_acceptor&) = delete;
  ~multishot_acceptor();

  /// @name What its socket calls, on any thread.
  /// @{

  /// Sets how many connections to keep; with what is kept beyond that, the kernel is to stop.
  void set_limit(std::size_t limit) noexcept;

  /// @return The oldest connection that is kept; -1 if there is none.
  int take() noexcept;

  /// Where the next connection is to be had by a call that is no operation of the loop's.
  enum class source {
    kept,    ///< by `take()`, unless somebody else is faster
    loop,    ///< nowhere yet: the loop will bring it
    kernel,  ///< from the kernel, which does not accept ahead now
  };
  /// Looks for a connection. On the loop's thread that ends the accepting ahead, unless somebody
  /// waits for it.
  /// @param waits Whether to wait for what the loop is to bring on another thread.
  source find_source(bool waits) noexcept;

  /// Closes the connections that are kept, and those that still come.
  void close() noexcept;
  /// @}

  /// @name For the loop, on its thread.
  /// @{

  /// @return What an operation comes to by what is kept; -EAGAIN if nothing is.
  int try_at_once(const request& wanted) noexcept;

  /// To be called with the first operation of a lane, which is about to be submitted.
  /// @return Whether it is deferred, until there is a connection for it, or an error.
  bool defer(io_operation& op) noexcept;

  bool is_outstanding() const noexcept { return is_outstanding_.load(std::memory_order_acquire); }

  /// Has the kernel stop, if it is at it.
  void end() noexcept;

  /// The kernel has accepted one, and goes on.
  void on_accepted(int native) noexcept;

  /// It is in the kernel no more. Whoever waits for a connection has it started again.
  /// @param result As the kernel's; -ECANCELED if that has said nothing. The last connection, or
  ///     why there are no more.
  void on_end(int result) noexcept;
  /// @}

 private:
  // Comes to the loop from another thread, at most one at a time.
  class ending final : public operation {
   public:
    explicit ending(multishot_acceptor& of) noexcept
        : operation(&ending::run, arrival::command), of_(of) {}
    std::atomic<bool> is_queued = false;

   private:
    static void run(operation* base, bool is_called);
    multishot_acceptor& of_;
  };

  bool may_begin() noexcept;
  bool is_full() const noexcept;
  bool is_any_kept() const noexcept;
  bool is_error(int result) noexcept;
  io_operation* deferred() const noexcept;
  void keep(int native) noexcept;
  void serve() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable has_come_;
  std::deque<int> kept_;
  std::size_t limit_;
  bool is_closed_ = false;

  std::atomic<bool> is_outstanding_ = false;
  bool is_refused_ = false;   // the kernel does not know it
  bool has_to_poll_ = false;  // first: the file is non-blocking, so that the kernel does not wait
  ending ending_{*this};
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_MULTISHOT_ACCEPTOR_H
