// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_RATE_RATE_GATE_H
#define TIMED_DETAIL_RATE_RATE_GATE_H

#include <algorithm>
#include <cassert>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/detail/time/deadlines.h"
#include "timed/rate_policy.h"

namespace timed::detail {

/// Access to the five functions of a policy that befriends the access class of another library.
/// `timed/beast.h` specialises it, with functions of the same names as rate_policy_access.
template <class Policy>
struct foreign_rate_policy_access {
  static constexpr bool available = false;
};

/// Whether a policy limits nothing. A stream with such a policy has no code for it.
template <class Policy>
inline constexpr bool is_unlimited_rate_policy = std::is_same_v<Policy, unlimited_rate_policy>;

/// A stream's rate policy, of either kind, and the state that the stream keeps for it.
///
/// An operation calls `acquire()` until it grants something, and then `settle()` exactly once. One
/// operation in each direction at a time; the caller serialises the calls. An operation should be
/// ready to transfer before it asks, since what it is granted is not available to others.
template <class Policy>
class rate_gate {
  static constexpr bool has_buckets = rate_policy_access::has_buckets<Policy>;
  static constexpr bool has_allowances = rate_policy_access::has_allowances<Policy>;

  static_assert(
      has_buckets || has_allowances || foreign_rate_policy_access<Policy>::available,
      "timed_stream cannot call the functions of this rate policy. It needs acquire_read, "
      "acquire_write, settle_read, settle_write as <timed/rate_policy.h> describes them, or "
      "Beast's available_read_bytes, available_write_bytes, transfer_read_bytes, "
      "transfer_write_bytes, on_timer; either public, or with `friend class "
      "timed::rate_policy_access;`. If it says `friend class boost::beast::rate_policy_access;`, "
      "include <timed/beast.h>.");

 public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr bool unlimited = false;

  /// Constructs the policy from the arguments.
  template <class... Args>
    requires std::constructible_from<Policy, Args...>
  explicit rate_gate(Args&&... args) : policy_(std::forward<Args>(args)...) {}

  Policy& policy() noexcept { return policy_; }
  const Policy& policy() const noexcept { return policy_; }

  /// Asks for up to `wanted` bytes, at least one.
  /// @return The number of bytes that the operation may transfer, reserved until `settle()`; or
  ///     zero, and when to ask again, which is later than `now`.
  [[nodiscard]] rate_grant acquire(bool reading, std::size_t wanted, time_point now) {
    assert(wanted > 0);
    if constexpr (has_buckets) {
      return reading ? rate_policy_access::acquire_read(policy_, wanted, now)
                     : rate_policy_access::acquire_write(policy_, wanted, now);
    } else {
      begin_slice(now);
      const std::size_t available =
          reading ? access::available_read_bytes(policy_) : access::available_write_bytes(policy_);
      if (available == 0) return {0, end_of_slice(now)};
      return {std::min(wanted, available), now};
    }
  }

  /// Ends an operation's grant; also if it failed, was cancelled, or will never complete.
  /// @param granted The bytes that the last `acquire()` granted. Zero if the operation gives up its
  ///     place among those that wait for a grant.
  void settle(bool reading, std::size_t granted, std::size_t transferred, time_point now) {
    assert(transferred <= granted);
    if constexpr (has_buckets) {
      reading ? rate_policy_access::settle_read(policy_, granted, transferred, now)
              : rate_policy_access::settle_write(policy_, granted, transferred, now);
    } else {
      // Zero bytes are reported too, as Beast does.
      reading ? access::transfer_read_bytes(policy_, transferred)
              : access::transfer_write_bytes(policy_, transferred);
    }
  }

 private:
  using access =
      std::conditional_t<has_allowances, rate_policy_access, foreign_rate_policy_access<Policy>>;

  // The interval for which a Beast-style policy has an allowance of bytes.
  static constexpr std::chrono::seconds slice{1};

  // The first slice has the policy's initial allowances.
  void begin_slice(time_point now) {
    if (!slice_.begin) {
      slice_.begin = now;
    } else if (now >= end_of_slice(*slice_.begin)) {
      slice_.begin = now;
      access::on_timer(policy_);
    }
  }

  // A second after the slice began, but at most a second from now, even if the clock has jumped.
  time_point end_of_slice(time_point now) const {
    return deadlines::later(std::min(*slice_.begin, now), slice);
  }

  struct running_slice {
    std::optional<time_point> begin;
  };
  struct nothing {};

  Policy policy_;
  [[no_unique_address]] std::conditional_t<has_buckets, nothing, running_slice> slice_;
};

/// The gate of a policy without limits: empty, and grants everything.
template <class Policy>
  requires is_unlimited_rate_policy<Policy>
class rate_gate<Policy> : Policy {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr bool unlimited = true;

  template <class... Args>
    requires std::constructible_from<Policy, Args...>
  explicit rate_gate(Args&&... args) : Policy(std::forward<Args>(args)...) {}

  Policy& policy() noexcept { return *this; }
  const Policy& policy() const noexcept { return *this; }

  [[nodiscard]] rate_grant acquire(bool, std::size_t wanted, time_point now) noexcept {
    return {wanted, now};
  }

  void settle(bool, std::size_t, std::size_t, time_point) noexcept {}
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_RATE_RATE_GATE_H
