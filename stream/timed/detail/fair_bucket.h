// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_FAIR_BUCKET_H
#define TIMED_DETAIL_FAIR_BUCKET_H

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "timed/detail/token_bucket.h"
#include "timed/rate_grant.h"

namespace timed::detail {

/// A token bucket for several users who ask again and again until they are granted something, and
/// must not be kept waiting for ever by others who want less.
///
/// There is no queue, as nobody says when a waiting operation is given up. Each refused user draws
/// a ticket that it keeps until it is granted something, and the one with the lowest among those
/// who have asked lately is first: others are granted only what is more than it needs. So whoever
/// has waited longest is first as soon as it has asked again (within retry_max), and then gets the
/// next tokens. A first one that no longer asks is forgotten after another retry_max.
///
/// The caller serialises the calls.
class fair_bucket {
 public:
  using time_point = token_bucket::time_point;

  /// What one user, with one operation at a time, remembers of the bucket. A copy remembers
  /// nothing.
  class user {
   public:
    user() = default;
    user(const user&) noexcept {}
    user& operator=(const user&) noexcept {
      limit_version_ = 0;
      ticket_ = 0;
      return *this;
    }

   private:
    friend class fair_bucket;
    std::uint64_t limit_version_ = 0;  // of the limit under which it was granted something
    std::uint64_t ticket_ = 0;         // zero: it does not wait
  };

  void limit(std::size_t bytes_per_second) noexcept {
    if (bytes_per_second == bucket_.limit()) return;
    bucket_.limit(bytes_per_second);
    ++limit_version_;
    first_ = {};
  }

  [[nodiscard]] rate_grant acquire(user& who, std::size_t wanted, time_point now) noexcept {
    const bool behind = first_.ticket != 0 && now <= first_.forgotten_after &&
                        (who.ticket_ == 0 || who.ticket_ > first_.ticket);
    const auto grant = bucket_.acquire(wanted, now, behind ? first_.needed : 0);
    if (grant.bytes > 0) {
      leave(who);
      who.limit_version_ = limit_version_;
      return grant;
    }
    if (who.ticket_ == 0) who.ticket_ = ++last_ticket_;
    if (!behind) {
      first_ = {who.ticket_, bucket_.least_grant(wanted),
                token_bucket::later(grant.retry_at, token_bucket::retry_max)};
    }
    return grant;
  }

  /// The user's operation is over. If it was granted nothing and gives up, that is `settle(who, 0,
  /// 0, now)`; without it, it counts as waiting until it is forgotten.
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
    if (who.ticket_ != 0 && who.ticket_ == first_.ticket) first_ = {};
    who.ticket_ = 0;
  }

  struct first_waiter {
    std::uint64_t ticket = 0;
    std::size_t needed = 0;
    time_point forgotten_after;
  };

  token_bucket bucket_;
  std::uint64_t limit_version_ = 1;
  std::uint64_t last_ticket_ = 0;
  first_waiter first_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_FAIR_BUCKET_H
