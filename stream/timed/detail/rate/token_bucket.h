// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_RATE_TOKEN_BUCKET_H
#define TIMED_DETAIL_RATE_TOKEN_BUCKET_H

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "timed/detail/time/deadlines.h"
#include "timed/rate_grant.h"

namespace timed::detail {

/// A limit in bytes per second, as a bucket of tokens, one per byte: it fills at the limit, up to
/// a tenth of a second's worth, and transfers take tokens out. Without clock, timer or thread.
///
/// A transfer takes two calls, as the number of bytes that a socket will transfer is not known
/// beforehand: `acquire()` takes tokens out, `settle()` returns those that were not used. In
/// between, a read may wait for its peer for hours. The bucket must not be full when that read then
/// transfers its bytes (together that would be a double burst), and must not stay empty for other
/// operations. So it continues to fill, and `settle()` returns no more than still fits, as though
/// the tokens had been in the bucket until the transfer. `held_` is the number of tokens taken out
/// that may return.
///
/// With C the capacity, and in exact integers:
///  - tokens_ + held_ <= C;
///  - if one operation at a time holds tokens, any T seconds see at most limit * T + C bytes,
///    however long the operations take;
///  - if several operations do, at most limit * (T + D) + C, with D the time from the grant to the
///    transfer.
///
/// The caller serialises the calls.
class token_bucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  /// Maximum wait of a refused caller until it asks again, so that it sees a changed limit.
  static constexpr std::chrono::milliseconds retry_max{100};

  /// Returns the limit in bytes per second.
  std::size_t limit() const noexcept { return limit_; }

  /// Sets the limit in bytes per second; zero allows nothing. This never adds tokens, except that a
  /// bucket that was unlimited becomes full. What was granted before has to be charged, not
  /// settled.
  void limit(std::size_t bytes_per_second) noexcept {
    if (bytes_per_second == limit_) return;
    // The time of the change is not known, so until the next call the lower limit counts.
    rate_ = limit_ == unlimited ? bytes_per_second : std::min(rate_, bytes_per_second);
    limit_ = bytes_per_second;
    held_ = 0;
    if (limit_ == unlimited) {
      tokens_ = unlimited;
      fraction_ = 0;
    } else if (tokens_ >= capacity_of(limit_)) {
      tokens_ = capacity_of(limit_);
      fraction_ = 0;
    }
  }

  /// Returns the least that a caller who wants `wanted` bytes is granted: all of them, or a share
  /// of the capacity that is large enough to be worth an operation.
  std::size_t least_grant(std::size_t wanted) const noexcept {
    constexpr std::uint64_t enough = 65536;
    const std::uint64_t quantum = std::min(capacity_of(limit_) / 4, enough);
    return std::min(wanted, static_cast<std::size_t>(std::max<std::uint64_t>(quantum, 1)));
  }

  /// Takes out up to `wanted` tokens, but leaves `left`.
  /// @param now If it is earlier than in a previous call, no time has passed.
  /// @return At least `least_grant(wanted)` bytes; or none, and when to ask again.
  [[nodiscard]] rate_grant acquire(std::size_t wanted, time_point now,
                                   std::size_t left = 0) noexcept {
    assert(wanted > 0);
    if (limit_ == unlimited) return {wanted, now};
    fill(now);
    const std::uint64_t needed = std::uint64_t{least_grant(wanted)} + left;
    if (tokens_ < needed) return {0, when_there(needed, now)};
    const std::uint64_t bytes = std::min<std::uint64_t>(wanted, tokens_ - left);
    tokens_ -= bytes;
    held_ += bytes;
    assert(tokens_ + held_ <= capacity_of(limit_));
    return {static_cast<std::size_t>(bytes), now};
  }

  /// Ends a grant: returns the tokens of the bytes that were not transferred.
  void settle(std::size_t granted, std::size_t transferred, time_point now) noexcept {
    assert(transferred <= granted);
    if (limit_ == unlimited) return;
    fill(now);
    const std::uint64_t returned = std::min<std::uint64_t>(held_, granted);
    held_ -= returned;
    tokens_ += returned;
    assert(tokens_ + held_ <= capacity_of(limit_));
    if (tokens_ == capacity_of(limit_)) fraction_ = 0;
    tokens_ -= std::min<std::uint64_t>(tokens_, transferred);
  }

  /// Takes out tokens, as many as there are, for bytes that were granted before the limit changed.
  void charge(std::size_t transferred, time_point now) noexcept {
    if (limit_ == unlimited) return;
    fill(now);
    tokens_ -= std::min<std::uint64_t>(tokens_, transferred);
  }

 private:
  // Fractions of a byte are counted in billionths: one byte per second is one billionth of a byte
  // in a nanosecond.
  static_assert(std::is_same_v<duration, std::chrono::nanoseconds>);
  static constexpr std::uint64_t billion = 1'000'000'000;

  static constexpr std::uint64_t capacity_of(std::uint64_t bytes_per_second) noexcept {
    return bytes_per_second == 0 ? 0 : std::max<std::uint64_t>(bytes_per_second / 10, 1);
  }

  // Fills the bucket until `now`.
  void fill(time_point now) noexcept {
    const std::uint64_t capacity = capacity_of(rate_);
    const std::uint64_t room = capacity - tokens_;
    // Unsigned, since the difference of two time points may not fit into a duration.
    const std::uint64_t elapsed_ns =
        filled_until_ && *filled_until_ < now
            ? static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                  static_cast<std::uint64_t>(filled_until_->time_since_epoch().count())
            : 0;
    // In less than a second, which fills every bucket, nothing here exceeds 64 bits.
    bool full = elapsed_ns >= billion && rate_ > 0;
    if (!full) {
      const std::uint64_t billionths = rate_ % billion * elapsed_ns + fraction_;
      const std::uint64_t bytes = rate_ / billion * elapsed_ns + billionths / billion;
      full = bytes >= room;
      if (!full) {
        tokens_ += bytes;
        fraction_ = billionths % billion;
      }
    }
    if (full) {
      tokens_ = capacity;
      fraction_ = 0;
    }
    held_ = std::min(held_, capacity - tokens_);
    if (!filled_until_ || *filled_until_ < now) filled_until_ = now;
    rate_ = limit_;
  }

  // Returns when the bucket will have `needed` tokens, if none are taken out before.
  time_point when_there(std::uint64_t needed, time_point now) const noexcept {
    const time_point latest = deadlines::later(now, retry_max);
    if (limit_ == 0) return latest;
    const std::uint64_t billionths = (needed - tokens_) * billion - fraction_;
    const std::uint64_t wait_ns = (billionths - 1) / limit_ + 1;
    const auto wait = std::min<std::uint64_t>(wait_ns, duration(retry_max).count());
    return std::min(latest, deadlines::later(*filled_until_, duration(wait)));
  }

  std::size_t limit_ = unlimited;
  std::uint64_t rate_ = unlimited;    // the limit since filled_until_
  std::uint64_t tokens_ = unlimited;  // whole bytes
  std::uint64_t fraction_ = 0;        // billionths of a byte
  std::uint64_t held_ = 0;
  std::optional<time_point> filled_until_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_RATE_TOKEN_BUCKET_H
