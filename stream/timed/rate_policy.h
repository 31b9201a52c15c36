// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Rate policies: limits for the bytes that a stream transfers.

#ifndef TIMED_RATE_POLICY_H
#define TIMED_RATE_POLICY_H

#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>

#include "timed/detail/rate/fair_bucket.h"
#include "timed/rate_grant.h"

namespace timed {

namespace detail {

template <class Policy>
class rate_gate;

}  // namespace detail

/// Access to the functions of a rate policy. A policy befriends it, so that they need not be
/// public: `friend class timed::rate_policy_access;`.
///
/// A rate policy is a class with the functions of one of these two kinds. A stream calls them for
/// one operation in each direction at a time, and never concurrently.
///
/// Buckets:
/// @code
/// timed::rate_grant acquire_read(std::size_t wanted, std::chrono::steady_clock::time_point now);
/// void settle_read(std::size_t granted, std::size_t transferred,
///                  std::chrono::steady_clock::time_point now);
/// // and acquire_write, settle_write
/// @endcode
/// An operation that wants to transfer `wanted` bytes (more than zero) calls `acquire_*` until it
/// is granted some, each time at `retry_at`. When it finishes, for whatever reason, it calls
/// `settle_*` once, with the size of its last grant (zero if there was none) and the number of
/// bytes that it has transferred. The rest of the grant returns to the policy.
///
/// Allowances per second, the kind that comes from Boost.Beast:
/// @code
/// std::size_t available_read_bytes();
/// void transfer_read_bytes(std::size_t bytes);
/// // and available_write_bytes, transfer_write_bytes
/// void on_timer();
/// @endcode
/// `available_*` returns the number of bytes that an operation may transfer now; at zero it waits.
/// `transfer_*` is called when an operation finishes, with the number of bytes that it has
/// transferred, also if that is zero.
/// `on_timer` is called when an operation starts, or asks again after a wait, if at least a second
/// has passed since the last call (before the first call: since the start of the first operation).
/// It is called once, however many seconds have passed. Nothing runs while the stream is idle. A
/// policy of this kind measures time in seconds only, so the allowances of two seconds can be
/// transferred directly one after the other.
class rate_policy_access {
  template <class Policy>
  friend class detail::rate_gate;

  using time_point = std::chrono::steady_clock::time_point;

  template <class Policy>
  static constexpr bool has_buckets = requires(Policy& policy, std::size_t bytes, time_point now) {
    { policy.acquire_read(bytes, now) } -> std::same_as<rate_grant>;
    { policy.acquire_write(bytes, now) } -> std::same_as<rate_grant>;
    policy.settle_read(bytes, bytes, now);
    policy.settle_write(bytes, bytes, now);
  };

  template <class Policy>
  static constexpr bool has_allowances = requires(Policy& policy, std::size_t bytes) {
    { policy.available_read_bytes() } -> std::convertible_to<std::size_t>;
    { policy.available_write_bytes() } -> std::convertible_to<std::size_t>;
    policy.transfer_read_bytes(bytes);
    policy.transfer_write_bytes(bytes);
    policy.on_timer();
  };

  template <class Policy>
  static rate_grant acquire_read(Policy& policy, std::size_t wanted, time_point now) {
    return policy.acquire_read(wanted, now);
  }

  template <class Policy>
  static rate_grant acquire_write(Policy& policy, std::size_t wanted, time_point now) {
    return policy.acquire_write(wanted, now);
  }

  template <class Policy>
  static void settle_read(Policy& policy, std::size_t granted, std::size_t transferred,
                          time_point now) {
    policy.settle_read(granted, transferred, now);
  }

  template <class Policy>
  static void settle_write(Policy& policy, std::size_t granted, std::size_t transferred,
                           time_point now) {
    policy.settle_write(granted, transferred, now);
  }

  template <class Policy>
  static std::size_t available_read_bytes(Policy& policy) {
    return policy.available_read_bytes();
  }

  template <class Policy>
  static std::size_t available_write_bytes(Policy& policy) {
    return policy.available_write_bytes();
  }

  template <class Policy>
  static void transfer_read_bytes(Policy& policy, std::size_t bytes) {
    policy.transfer_read_bytes(bytes);
  }

  template <class Policy>
  static void transfer_write_bytes(Policy& policy, std::size_t bytes) {
    policy.transfer_write_bytes(bytes);
  }

  template <class Policy>
  static void on_timer(Policy& policy) {
    policy.on_timer();
  }
};

/// The rate policy of a stream without limits: the default, which costs nothing.
class unlimited_rate_policy {
  friend class rate_policy_access;

  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  std::size_t available_read_bytes() const noexcept { return all; }
  std::size_t available_write_bytes() const noexcept { return all; }
  void transfer_read_bytes(std::size_t) const noexcept {}
  void transfer_write_bytes(std::size_t) const noexcept {}
  void on_timer() const noexcept {}
};

/// Limits for what one stream reads and writes, in bytes per second. Initially there are none.
///
/// A stream transfers at most `limit * T + limit / 10` bytes in any T seconds (one byte instead of
/// a tenth of the limit where that is less). What an operation was granted and did not transfer
/// does not count. To avoid transfers of single bytes, an operation waits for all bytes that it
/// wants, a fortieth of a second's worth, or 64 KiB, whichever is least (at least one byte).
///
/// A stream's limits can be changed at any time by `stream.rate_policy().write_limit(...)`, but not
/// concurrently with another function of the policy or its stream.
///
/// @code
/// using limited_stream =
///     timed::basic_stream<net::ip::tcp, net::any_io_executor, timed::simple_rate_policy>;
/// limited_stream stream(context);
/// stream.rate_policy().read_limit(1'000'000);
/// @endcode
class simple_rate_policy {
 public:
  /// Limits reading.
  /// @param bytes_per_second Zero allows nothing; the greatest `std::size_t` is no limit.
  ///
  /// Operations that wait see a new limit within 100 ms. A change never allows a greater burst than
  /// before; but a limit where there was none starts with a tenth of a second's worth. What an
  /// operation was granted before stays granted, and is subtracted from what the new limit allows.
  void read_limit(std::size_t bytes_per_second) noexcept { read_.limit(bytes_per_second); }

  /// Limits writing; otherwise as `read_limit`.
  void write_limit(std::size_t bytes_per_second) noexcept { write_.limit(bytes_per_second); }

 private:
  friend class rate_policy_access;

  using time_point = std::chrono::steady_clock::time_point;

  rate_grant acquire_read(std::size_t wanted, time_point now) noexcept {
    return read_.acquire(reader_, wanted, now);
  }

  rate_grant acquire_write(std::size_t wanted, time_point now) noexcept {
    return write_.acquire(writer_, wanted, now);
  }

  void settle_read(std::size_t granted, std::size_t transferred, time_point now) noexcept {
    read_.settle(reader_, granted, transferred, now);
  }

  void settle_write(std::size_t granted, std::size_t transferred, time_point now) noexcept {
    write_.settle(writer_, granted, transferred, now);
  }

  detail::fair_bucket read_;
  detail::fair_bucket write_;
  detail::fair_bucket::user reader_;
  detail::fair_bucket::user writer_;
};

/// Limits for what several streams together read and write, in bytes per second: an object and all
/// its copies share them. Initially there are none.
///
/// @code
/// timed::shared_rate_policy limit;
/// limit.write_limit(1'000'000);
/// timed::basic_stream<net::ip::tcp, net::any_io_executor, timed::shared_rate_policy>
///     first(limit, context), second(limit, context);
/// @endcode
///
/// The streams together transfer at most `limit * (T + D) + limit / 10` bytes in any T seconds,
/// where D is the time in which an operation transfers what it was granted: almost zero, unless it
/// waits for its peer. In the long run they transfer `limit * T` in any case.
///
/// Of the operations that wait, the one that has waited longest is first, as soon as it asks again
/// (within 100 ms); other operations get what it leaves. So none waits for ever, however little
/// other operations want. Otherwise as `simple_rate_policy`.
///
/// @par Thread safety
/// The limits of one object may be set while copies of it are used on other threads. An object
/// itself is used by one thread at a time.
class shared_rate_policy {
 public:
  /// Makes new limits, not shared yet.
  shared_rate_policy() : shared_(std::make_shared<shared_part>()) {}

  /// Shares the limits of the other. Moving does the same, and leaves the other as it is.
  shared_rate_policy(const shared_rate_policy& other) noexcept = default;
  /// As above; the limits that it had before stay with their other copies.
  shared_rate_policy& operator=(const shared_rate_policy& other) noexcept = default;

  /// Limits reading; otherwise as `simple_rate_policy::read_limit`.
  void read_limit(std::size_t bytes_per_second) noexcept { limit(shared_->read, bytes_per_second); }

  /// Limits writing; otherwise as `simple_rate_policy::read_limit`.
  void write_limit(std::size_t bytes_per_second) noexcept {
    limit(shared_->write, bytes_per_second);
  }

 private:
  friend class rate_policy_access;

  using time_point = std::chrono::steady_clock::time_point;
  using user = detail::fair_bucket::user;

  struct guarded_bucket {
    std::mutex mutex;
    detail::fair_bucket bucket;
  };

  struct shared_part {
    guarded_bucket read;
    guarded_bucket write;
  };

  static void limit(guarded_bucket& which, std::size_t bytes_per_second) noexcept {
    const std::lock_guard lock(which.mutex);
    which.bucket.limit(bytes_per_second);
  }

  static rate_grant acquire(guarded_bucket& from, user& who, std::size_t wanted,
                            time_point now) noexcept {
    const std::lock_guard lock(from.mutex);
    return from.bucket.acquire(who, wanted, now);
  }

  static void settle(guarded_bucket& with, user& who, std::size_t granted, std::size_t transferred,
                     time_point now) noexcept {
    const std::lock_guard lock(with.mutex);
    with.bucket.settle(who, granted, transferred, now);
  }

  rate_grant acquire_read(std::size_t wanted, time_point now) noexcept {
    return acquire(shared_->read, reader_, wanted, now);
  }

  rate_grant acquire_write(std::size_t wanted, time_point now) noexcept {
    return acquire(shared_->write, writer_, wanted, now);
  }

  void settle_read(std::size_t granted, std::size_t transferred, time_point now) noexcept {
    settle(shared_->read, reader_, granted, transferred, now);
  }

  void settle_write(std::size_t granted, std::size_t transferred, time_point now) noexcept {
    settle(shared_->write, writer_, granted, transferred, now);
  }

  std::shared_ptr<shared_part> shared_;
  user reader_;
  user writer_;
};

}  // namespace timed

#endif  // TIMED_RATE_POLICY_H
