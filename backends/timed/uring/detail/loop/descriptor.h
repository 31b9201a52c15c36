// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H
#define TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "timed/detail/always_inline.h"
#include "timed/uring/detail/operation/assert.h"
#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/operation/operation.h"
#include "timed/uring/detail/operation/speculative_read_policy.h"

namespace timed::uring::detail {

class loop;
class multishot_acceptor;

/// An open file descriptor, and the operations that are outstanding on it.
///
/// Its socket, each operation, and the ring if the file is registered there, have a reference. The
/// file is closed when the last one is released. So what the kernel still does for a cancelled
/// operation never reaches another file of the same number.
///
/// The socket uses this object on one thread at a time. Only the loop's thread uses the lanes.
class descriptor {
 public:
  /// @param number The file descriptor, which it owns.
  descriptor(loop& owner, int number) noexcept;
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int number() const noexcept { return number_; }
  loop& owner() const noexcept { return owner_; }

  /// Makes an operation one of this descriptor's. The loop starts it next.
  /// @param key Identifies it for `cancel_one`; null if that is not called for it.
  TIMED_ALWAYS_INLINE void adopt(io_operation& op, const void* key) noexcept {
    TIMED_URING_ASSERT(op.target_ == nullptr);
    op.target_ = this;
    op.key_ = key;
    op.number_ = started_.load(std::memory_order_relaxed) + 1;
    started_.store(op.number_, std::memory_order_relaxed);  // No other thread starts one.
  }

  /// Cancels what was started until now. Thread-safe.
  void cancel_all() noexcept;

  /// Cancels the operation that has the key, unless it has completed. Thread-safe.
  /// @throws std::bad_alloc if it is called outside of the loop, and there is no memory.
  void cancel_one(const void* key);

  /// The same, on the loop's thread.
  void cancel_here(const void* key) noexcept;

  /// Has up to `limit` connections accepted in advance. Called by the socket.
  /// @throws std::bad_alloc
  void multishot_accept(std::size_t limit);
  /// @return What accepts them; null if `multishot_accept` was never called with a limit.
  multishot_acceptor* acceptor() const noexcept {
    return acceptor_.load(std::memory_order_acquire);
  }

  /// The option SO_LINGER has been set.
  void note_linger() noexcept { may_linger_ = true; }
  /// Clears SO_LINGER if it has a time, so that close(2) does not block. SO_LINGER of zero, a
  /// reset, stays set.
  void stop_lingering() noexcept;

  /// Sets whether an accept reports that a peer has reset its connection, or goes on with the next
  /// one.
  void report_aborted(bool wanted) noexcept {
    reports_aborted_.store(wanted, std::memory_order_relaxed);
  }
  bool reports_aborted() const noexcept { return reports_aborted_.load(std::memory_order_relaxed); }

  /// Submits what was started until now, so that a system call on the number comes after it.
  /// @return Whether that was possible on this thread; otherwise the loop does it later.
  bool submit_started() noexcept;

  /// As shutdown(2), after what was started until now. On another thread, the loop calls it later,
  /// and its result is not reported.
  /// @throws std::bad_alloc if there is no memory to notify the loop.
  int shut_down(int how);

  /// Releases the socket's reference and cancels what is outstanding. The file is closed when the
  /// last operation has completed: in most cases before this returns; later on another thread.
  void close() noexcept;

  /// The same, but does not close the file: the caller owns it. If operations are outstanding,
  /// which use this number, returns a duplicate.
  /// @return The file descriptor; -1 if there is no free one.
  int detach() noexcept;

  /// @name References, each of which keeps the file open
  /// @{
  void add_ref() noexcept {
    const std::uint32_t before = refs_.fetch_add(1, std::memory_order_relaxed);
    TIMED_URING_ASSERT(before != 0);
    (void)before;
  }
  void release() noexcept;

  /// The loop's own references are counted apart, since only its thread changes their number. The
  /// socket's reference is held until the last of them is released.
  void add_ref_in_loop() noexcept {
    loop_refs_.store(loop_refs_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void release_in_loop() noexcept;
  /// Makes a reference that was added on another thread one of the loop's.
  void move_ref_to_loop() noexcept;

  /// Weak references keep this object, but not its file.
  void add_weak_ref() noexcept {
    const std::uint32_t before = weak_refs_.fetch_add(1, std::memory_order_relaxed);
    TIMED_URING_ASSERT(before != 0);
    (void)before;
  }
  void release_weak() noexcept {
    const std::uint32_t before = weak_refs_.fetch_sub(1, std::memory_order_acq_rel);
    TIMED_URING_ASSERT(before != 0);
    if (before == 1) delete this;
  }
  /// @}

  /// @name For the loop, on its thread
  /// @{
  static constexpr int unregistered = -1;

  /// Operations that are started and have not completed, in their order.
  operation_queue& lane(request::lane which) noexcept {
    return lanes_[static_cast<std::size_t>(which)];
  }
  /// Whether the operation was cancelled by `cancel_all()`.
  bool has_cancelled(const io_operation& op) const noexcept {
    return op.number_ <= cancelled_until_.load(std::memory_order_acquire);
  }
  /// Whether its socket was closed.
  bool is_closing() const noexcept { return is_closing_; }
  /// The file's number in the ring.
  int ring_number() const noexcept { return ring_number_; }
  speculative_read_policy& read_policy() noexcept { return read_policy_; }

  /// Call the acceptor's functions; `acceptor()` is not null.
  int try_at_acceptor(const request& wanted) noexcept;
  bool leave_to_acceptor(io_operation& op) noexcept;
  /// @}

 private:
  friend class registered_files;

  // Comes to the loop from another thread, at most one at a time.
  class cancellation final : public operation {
   public:
    explicit cancellation(descriptor& target) noexcept
        : operation(&cancellation::run, arrival::command), target_(target) {}

   private:
    static void run(operation* base, bool is_called);
    descriptor& target_;
  };

  // Flags of `cancellation_state_`.
  static constexpr unsigned is_queued = 1;        // The cancellation is queued for the loop.
  static constexpr unsigned is_left_to_loop = 2;  // The loop releases the socket's reference.
  static constexpr unsigned is_to_close = 4;      // The socket was closed.

  ~descriptor();

  bool has_only_socket_reference() const noexcept;
  bool is_in_use() const noexcept;
  void on_closed() noexcept;
  void leave_to_loop(unsigned how) noexcept;
  void cancel_until(std::uint64_t number) noexcept;

  loop& owner_;
  const int number_;
  bool is_released_ = false;  // The file is another's, and not closed here.
  bool may_linger_ = false;
  bool is_closing_ = false;           // Its socket was closed. Used on the loop's thread.
  bool is_closed_ = false;            // The loop may release the socket's reference. As above.
  int ring_number_ = unregistered;    // As above.
  std::uint8_t ring_operations_ = 0;  // Number of operations in the ring before it is registered.
  speculative_read_policy read_policy_;
  std::atomic<bool> reports_aborted_ = false;
  std::atomic<std::uint32_t> refs_ = 1;
  std::atomic<std::uint32_t> loop_refs_ = 0;
  std::atomic<std::uint32_t> weak_refs_ = 1;  // All other references together are one of them.
  std::atomic<std::uint64_t> started_ = 0;    // Number of the operation that was started last.
  std::atomic<std::uint64_t> cancelled_until_ = 0;  // Number of the last one that is cancelled.
  std::atomic<unsigned> cancellation_state_ = 0;
  cancellation cancellation_{*this};
  std::array<operation_queue, 3> lanes_;
  std::atomic<multishot_acceptor*> acceptor_ = nullptr;  // It owns that.
};

/// Owns a descriptor as a socket does: closes it when it is destroyed.
struct close_descriptor {
  void operator()(descriptor* owned) const noexcept { owned->close(); }
};
using descriptor_ptr = std::unique_ptr<descriptor, close_descriptor>;

/// A weak reference to a descriptor.
class weak_descriptor_ref {
 public:
  explicit weak_descriptor_ref(descriptor& target) noexcept : target_(&target) {
    target.add_weak_ref();
  }
  weak_descriptor_ref(const weak_descriptor_ref& other) noexcept
      : weak_descriptor_ref(*other.target_) {}
  weak_descriptor_ref& operator=(const weak_descriptor_ref&) = delete;
  ~weak_descriptor_ref() { target_->release_weak(); }

  descriptor* operator->() const noexcept { return target_; }

 private:
  descriptor* target_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H
