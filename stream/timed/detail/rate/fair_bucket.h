// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_RATE_FAIR_BUCKET_H
#define TIMED_DETAIL_RATE_FAIR_BUCKET_H

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "timed/detail/rate/token_bucket.h"
#include "timed/detail/time/deadlines.h"
#include "timed/rate_grant.h"

namespace timed::detail {

/// A token bucket for several users, which ask repeatedly until they are granted something. Users
/// that want little cannot starve those that want more.
///
/// There is no queue, as users need not report that they stop waiting. Each refused user gets a
/// number, which it keeps until it is granted something. The lowest number among the users that
/// have asked recently is first: other users are granted only what exceeds its need. So the user
/// that has waited longest is first once it has asked again (within retry_max), and gets the next
/// tokens. If it does not ask again, it loses its place after another retry_max.
///
/// The caller serialises the calls.
class fair_bucket {
 public:
  using time_point = token_bucket::time_point;

  /// The state of one user, which has one operation at a time. A copy is a new user.
  class user {
   public:
    user() = default;
    user(const user&) noexcept {}
    user& operator=(const user&) noexcept {
      limit_version_ = 0;
      waiting_number_ = 0;
      return *this;
    }

   private:
    friend class fair_bucket;
    std::uint64_t limit_version_ = 0;   // version of the limit at the last grant
    std::uint64_t waiting_number_ = 0;  // zero: the user does not wait
  };

  void limit(std::size_t bytes_per_second) noexcept {
    if (bytes_per_second == bucket_.limit()) return;
    bucket_.limit(bytes_per_second);
    ++limit_version_;
    first_ = {};
  }

  [[nodiscard]] rate_grant acquire(user& who, std::size_t wanted, time_point now) noexcept {
    const bool behind = first_.place != 0 && now <= first_.valid_until &&
                        (who.waiting_number_ == 0 || who.waiting_number_ > first_.place);
    const auto grant = bucket_.acquire(wanted, now, behind ? first_.needed : 0);
    if (grant.bytes > 0) {
      leave(who);
      who.limit_version_ = limit_version_;
      return grant;
    }
    if (who.waiting_number_ == 0) who.waiting_number_ = ++last_waiting_number_;
    if (!behind) {
      first_ = {who.waiting_number_, bucket_.least_grant(wanted),
                deadlines::later(grant.retry_at, token_bucket::retry_max)};
    }
    return grant;
  }

  /// Ends the user's operation. An operation that was granted nothing and stops waiting calls
  /// `settle(who, 0, 0, now)`; otherwise it keeps its place until that expires.
  void settle(user& who, std::size_t granted, std::size_t transferred, time_point now) noexcept {
    leave(who);
    if (who.limit_version_ == limit_version_) {
      bucket_.settle(granted, transferred, now);
    } else {
      bucket_.charge(transferred, now);
    }
  }

 private:
  void leave(user& who) noexcept {
    assert(first_.place <= last_waiting_number_ && who.waiting_number_ <= last_waiting_number_);
    if (who.waiting_number_ != 0 && who.waiting_number_ == first_.place) first_ = {};
    who.waiting_number_ = 0;
  }

  struct first_waiter {
    std::uint64_t place = 0;
    std::size_t needed = 0;
    time_point valid_until;
  };

  token_bucket bucket_;
  std::uint64_t limit_version_ = 1;
  std::uint64_t last_waiting_number_ = 0;
  first_waiter first_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_RATE_FAIR_BUCKET_H
