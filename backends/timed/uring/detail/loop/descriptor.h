// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H
#define TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "timed/uring/detail/operation/io_operation.h"
#include "timed/uring/detail/operation/operation.h"
#include "timed/uring/detail/operation/speculative_read_policy.h"

namespace timed::uring::detail {

class multishot_acceptor;
class loop;

/// An open file descriptor, and what is outstanding on it. It belongs to its socket, to each of the
/// operations, and to the ring if that has a number of its own for it; it is closed when the last
/// of these is done with it: so that what the kernel still does for a cancelled operation never
/// reaches another file of the same number.
///
/// What a socket calls is called by one thread at a time; the lanes are the loop's.
class descriptor {
 public:
  /// @param number The file descriptor, which it owns.
  descriptor(loop& owner, int number) noexcept;
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int number() const noexcept { return number_; }
  loop& owner() const noexcept { return owner_; }

  /// Starts an operation.
  /// @param key By which it can be cancelled; null if it cannot.
  void start(io_operation& op, const void* key) noexcept;

  /// Cancels what was started until now. Thread-safe.
  void cancel_all() noexcept;

  /// Cancels the operation that has the key, unless it is over. Thread-safe.
  /// @throws std::bad_alloc if it is called outside of the loop, and there is no memory.
  void cancel_one(const void* key);

  /// The same; called where the loop carries commands out.
  void cancel_here(const void* key) noexcept;

  /// Has up to so many connections accepted before somebody asks for them. Called by the socket.
  /// @throws std::bad_alloc
  void multishot_accept(std::size_t limit);
  /// @return Those connections; null if there have never been any to be.
  multishot_acceptor* acceptor() const noexcept {
    return acceptor_.load(std::memory_order_acquire);
  }

  /// The option SO_LINGER has been set.
  void may_linger() noexcept { may_linger_ = true; }
  /// Keeps closing from waiting until all is sent: it is sent in the background. A reset, where
  /// SO_LINGER says that, stays one.
  void stop_lingering() noexcept;

  /// Whether an accept reports that a peer has reset its connection, or goes on with the next one.
  void report_aborted(bool wanted) noexcept {
    reports_aborted_.store(wanted, std::memory_order_relaxed);
  }
  bool reports_aborted() const noexcept { return reports_aborted_.load(std::memory_order_relaxed); }

  /// Has what was started until now handed to the kernel, so that a system call on the number comes
  /// after it.
  /// @return Whether this is the thread for that; the loop will do it if not.
  bool submit_started() noexcept;

  /// As shutdown(2), after what was started until now. If this is not the thread for that, the loop
  /// does it, and nothing is known of its result.
  /// @throws std::bad_alloc if there is no memory to tell the loop.
  int shut_down(int how);

  /// The socket is done with it: what is outstanding is cancelled, and the file closed after that:
  /// before this returns, unless the kernel takes its time, or this is not the loop's thread.
  void close() noexcept;

  /// Likewise, but the file stays open, and the caller's: by another number, if something is
  /// outstanding, which this one is kept for.
  /// @return Its number; -1 if there is no other to be had.
  int detach() noexcept;

  /// Adds a user, for whom the file stays open until `release`.
  void add_ref() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept;

  /// The same for the loop's own operations, whose users are counted by themselves, as only its
  /// thread changes that. What the socket has held is held until the last of them lets go.
  void add_ref_in_loop() noexcept {
    loop_refs_.store(loop_refs_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void release_in_loop() noexcept;
  /// What was held elsewhere is held by the loop from now on.
  void move_ref_to_loop() noexcept;

  /// Adds somebody who knows this object, which then stays until `release_weak`, its file open or
  /// not.
  void add_weak_ref() noexcept { weak_refs_.fetch_add(1, std::memory_order_relaxed); }
  void release_weak() noexcept {
    if (weak_refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  friend class multishot_acceptor;
  friend class loop;
  friend class registered_files;

  // Comes to the loop from another thread, at most one at a time.
  class cancellation final : public operation {
   public:
    explicit cancellation(descriptor& of) noexcept
        : operation(&cancellation::run, arrival::command), of_(of) {}

   private:
    static void run(operation* base, bool is_called);
    descriptor& of_;
  };

  operation_queue& lane(request::lane which) noexcept {
    return lanes_[static_cast<std::size_t>(which)];
  }

  static constexpr int unregistered = -1;

  ~descriptor();
  // What is in `cancellation_state_`.
  static constexpr unsigned is_queued = 1;        // the cancellation is on its way to the loop
  static constexpr unsigned is_left_to_loop = 2;  // which lets go of it for its socket
  static constexpr unsigned is_to_close = 4;      // with what is still being sent, if need be

  bool is_only_the_sockets() const noexcept;
  bool is_in_use() const noexcept;
  void on_closed() noexcept;
  void leave_to_loop(unsigned how) noexcept;
  void cancel_until(std::uint64_t number) noexcept;

  loop& owner_;
  const int number_;
  bool is_released_ = false;
  bool may_linger_ = false;
  bool is_closing_ = false;           // its socket has been closed; the loop's
  bool is_closed_ = false;            // its socket is done with it; the loop's
  int ring_number_ = unregistered;    // that the ring knows it by; the loop's
  std::uint8_t ring_operations_ = 0;  // until it is registered
  speculative_read_policy read_policy_;
  std::atomic<bool> reports_aborted_ = false;
  std::atomic<std::uint32_t> refs_ = 1;
  std::atomic<std::uint32_t> loop_refs_ = 0;
  std::atomic<std::uint32_t> weak_refs_ = 1;  // to its users, all together, and others
  std::atomic<std::uint64_t> started_ = 0;
  std::atomic<std::uint64_t> cancelled_until_ = 0;
  std::atomic<unsigned> cancellation_state_ = 0;
  cancellation cancellation_{*this};
  std::array<operation_queue, 3> lanes_;
  std::atomic<multishot_acceptor*> acceptor_ = nullptr;  // which it owns
};

/// Owns a descriptor as a socket does: closes it when it is done.
struct close_descriptor {
  void operator()(descriptor* owned) const noexcept { owned->close(); }
};
using descriptor_ptr = std::unique_ptr<descriptor, close_descriptor>;

/// Knows a descriptor, without keeping its file open.
class weak_descriptor_ref {
 public:
  explicit weak_descriptor_ref(descriptor& known) noexcept : known_(&known) {
    known.add_weak_ref();
  }
  weak_descriptor_ref(const weak_descriptor_ref& other) noexcept
      : weak_descriptor_ref(*other.known_) {}
  weak_descriptor_ref& operator=(const weak_descriptor_ref&) = delete;
  ~weak_descriptor_ref() { known_->release_weak(); }

  descriptor* operator->() const noexcept { return known_; }

 private:
  descriptor* known_;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_DESCRIPTOR_H
