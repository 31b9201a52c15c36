// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/generate.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

namespace timed::tests::histories {
namespace {

using namespace std::chrono_literals;

// How often each call is chosen.
struct share {
  call what;
  std::size_t parts;
};
constexpr std::array shares{share{call::run, 22},          share{call::read, 26},
                            share{call::write, 24},        share{call::poll_one, 6},
                            share{call::pass, 8},          share{call::connect, 5},
                            share{call::sync_read, 5},     share{call::sync_write, 5},
                            share{call::expires_after, 9}, share{call::expires_at, 2},
                            share{call::expires_never, 2}, share{call::expires_after_in, 5},
                            share{call::read_timeout, 4},  share{call::expires_never_in, 2},
                            share{call::write_timeout, 4}, share{call::timeout, 3},
                            share{call::on_timeout, 6},    share{call::sync_deadlines, 6},
                            share{call::read_limit, 3},    share{call::write_limit, 3},
                            share{call::cancel, 5},        share{call::close, 2},
                            share{call::emit, 10},         share{call::relocate, 3},
                            share{call::assign, 2},        share{call::renew, 1},
                            share{call::destroy, 1},       share{call::adopt, 2},
                            share{call::shutdown_send, 1}, share{call::fill, 2}};

constexpr std::size_t all_parts = [] {
  std::size_t sum = 0;
  for (const share& each : shares) sum += each.parts;
  return sum;
}();

class generator {
 public:
  generator(choices& from, bool has_limits) : from_(from), has_limits_(has_limits) {}

  history generate() {
    made_.links = from_.one_in(3) ? 2 : 1;
    const std::size_t count = 4 + from_.below(56);
    while (made_.steps.size() < count && !from_.is_exhausted()) add();
    return std::move(made_);
  }

 private:
  call choose() {
    std::size_t part = from_.below(all_parts);
    for (const share& each : shares) {
      if (part < each.parts) return each.what;
      part -= each.parts;
    }
    return call::run;
  }

  // Short ones pass while the history goes on, and long ones do not.
  nanoseconds some_time() {
    constexpr std::array times{nanoseconds(30s),  nanoseconds(2ms),   nanoseconds(30s),
                               nanoseconds(1ms),  nanoseconds(0),     nanoseconds(5ms),
                               nanoseconds(100s), nanoseconds(-1ms),  nanoseconds(300us),
                               nanoseconds(3ms),  nanoseconds(700ms), step::no_time};
    return times[from_.below(times.size())];
  }

  std::size_t some_size() {
    constexpr std::array<std::size_t, 10> sizes{100, 1, 1000, 10, 4000, 64, 0, 3, 65536, 200};
    return sizes[from_.below(sizes.size())];
  }

  std::size_t some_limit() {
    constexpr std::array<std::size_t, 6> limits{
        static_cast<std::size_t>(-1), 100'000, 1'000'000, 5'000, 0, 20'000'000};
    return limits[from_.below(limits.size())];
  }

  void add() {
    step next;
    next.what = choose();
    next.id = static_cast<int>(made_.steps.size());
    const std::size_t streams = static_cast<std::size_t>(made_.links) * 2;
    next.stream = static_cast<std::uint8_t>(from_.below(streams));
    const bool is_outside = next.what == call::run || next.what == call::poll_one;
    if (!is_outside && !operations_.empty() && from_.one_in(4)) next.inside = some_operation();
    switch (next.what) {
      case call::read:
      case call::write:
        next.bytes = some_size();
        add_operation(next);
        break;
      case call::connect:
        next.to = static_cast<target>(from_.below(5));
        add_operation(next);
        break;
      case call::sync_read:
      case call::sync_write:
        next.bytes = some_size();
        break;
      case call::expires_after:
      case call::expires_at:
      case call::read_timeout:
      case call::write_timeout:
      case call::timeout:
      case call::pass:
        next.time = some_time();
        break;
      case call::expires_after_in:
        next.time = some_time();
        next.in_write = from_.one_in(2);
        break;
      case call::expires_never_in:
        next.in_write = from_.one_in(2);
        break;
      case call::on_timeout:
      case call::sync_deadlines:
        next.is_set = !from_.one_in(3);
        break;
      case call::read_limit:
      case call::write_limit:
        if (!has_limits_) return;
        next.bytes = some_limit();
        break;
      case call::emit:
        if (operations_.empty()) return;
        next.of = some_operation();
        next.type = static_cast<cancellation>(from_.below(4));
        break;
      case call::assign:
        next.from = static_cast<std::uint8_t>(from_.below(streams));
        break;
      default:
        break;
    }
    made_.steps.push_back(next);
  }

  void add_operation(step& next) {
    next.has_slot = from_.one_in(2);
    next.is_elsewhere = from_.one_in(4);
    if (from_.one_in(4)) next.time = some_time();
    operations_.push_back(next.id);
  }

  // The latest ones are most likely to be outstanding.
  int some_operation() {
    const std::size_t back = from_.below(operations_.size() < 4 ? operations_.size() : 4);
    return operations_[operations_.size() - 1 - back];
  }

  choices& from_;
  bool has_limits_;
  history made_;
  std::vector<int> operations_;
};

}  // namespace

history generate(choices& from, bool has_limits) {
  return generator(from, has_limits).generate();
}

}  // namespace timed::tests::histories
