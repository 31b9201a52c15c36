// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The rate limiter: what passes is never more than the limit allows, in no window of time, and
// every waiting stream is served.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "tests/fuzz/target.h"
#include "tests/histories/choices.h"
#include "timed/detail/rate/fair_bucket.h"

namespace timed::tests {
namespace {

using namespace std::chrono_literals;
using detail::fair_bucket;
using detail::token_bucket;
using time_point = token_bucket::time_point;

class game {
 public:
  explicit game(histories::choices& from) : from_(from) {}

  void play() {
    while (!from_.is_exhausted()) {
      switch (from_.below(8)) {
        case 0:
          change_limit();
          break;
        case 1:
        case 2:
          now_ += duration();
          break;
        case 3:
          give_up();
          break;
        default:
          is_out_ ? transfer() : ask();
      }
    }
  }

 private:
  struct passed {
    time_point when;
    double bytes;
  };

  std::chrono::nanoseconds duration() {
    return std::chrono::nanoseconds(1 + from_.below(65'536)) * (std::size_t{1} << from_.below(20));
  }

  void change_limit() {
    const std::size_t shift = from_.below(34);
    limit_ = from_.one_in(8)   ? token_bucket::unlimited
             : from_.one_in(8) ? 0
                               : (std::size_t{1} << shift) + from_.below(256);
    bucket_.limit(limit_);
    history_.clear();
    // What was granted under the old limit may still pass.
    old_grant_ = is_out_ ? static_cast<double>(granted_) : 0;
  }

  void ask() {
    const std::size_t wanted = 1 + (from_.below(65'536) << from_.below(8));
    const auto grant = bucket_.acquire(user_, wanted, now_);
    require(grant.bytes <= wanted, "no more is granted than is wanted");
    if (grant.bytes != 0) {
      granted_ = grant.bytes;
      is_out_ = true;
      return;
    }
    require(limit_ != token_bucket::unlimited, "no limit, no wait");
    require(grant.retry_at > now_, "who has to wait is told to come later");
    require(grant.retry_at <= now_ + token_bucket::retry_max, "and when a new limit is seen");
    if (limit_ == 0) return;
    // A stream that asks again when it is told to is granted something in the end.
    const double longest_s = 1.0 / static_cast<double>(limit_) + 0.2;
    const auto latest = now_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::duration<double>(longest_s));
    for (auto next = grant; next.bytes == 0;) {
      now_ = next.retry_at;
      next = bucket_.acquire(user_, wanted, now_);
      granted_ = next.bytes;
      is_out_ = next.bytes != 0;
      require(is_out_ || now_ < latest, "who waits is served");
    }
  }

  void give_up() {
    bucket_.settle(user_, is_out_ ? granted_ : 0, 0, now_);
    is_out_ = false;
  }

  void transfer() {
    if (from_.one_in(2)) now_ += duration();  // it waits for its peer
    const std::size_t bytes = from_.one_in(3) ? granted_ * from_.below(256) / 255 : granted_;
    bucket_.settle(user_, granted_, bytes, now_);
    is_out_ = false;
    if (limit_ == token_bucket::unlimited) return;
    history_.push_back({now_, static_cast<double>(bytes)});
    if (history_.size() > 64) history_.pop_front();
    check_windows();
  }

  void check_windows() {
    const double limit = static_cast<double>(limit_);
    double sum = old_grant_ * -1;
    for (auto each = history_.rbegin(); each != history_.rend(); ++each) {
      sum += each->bytes;
      const double seconds = std::chrono::duration<double>(now_ - each->when).count();
      const double allowed = limit * seconds + std::max(limit / 10, 1.0);
      require(sum <= allowed * (1 + 1e-9) + 1, "no window of time passes more than the limit");
    }
  }

  histories::choices& from_;
  fair_bucket bucket_;
  fair_bucket::user user_;
  time_point now_ = time_point(1h);
  std::size_t limit_ = token_bucket::unlimited;
  std::size_t granted_ = 0;
  bool is_out_ = false;
  double old_grant_ = 0;
  std::deque<passed> history_;
};

}  // namespace

void run_target(std::span<const std::uint8_t> bytes) {
  histories::choices from(bytes.first(std::min<std::size_t>(bytes.size(), 4'000)));
  game(from).play();
}

}  // namespace timed::tests
