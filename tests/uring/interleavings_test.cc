// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Every order of a read, a write, a cancellation, an expiry and a close of a stream on our event
// loop, with the loop's turns between them, on a simulated kernel that does one or two things which
// are unusual (an error, a delay, another order, a short transfer, ...): each that it can do, at
// each point where it can. seeds_test tries long histories, at random.

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/uring/decisions.h"
#include "tests/uring/fake_kernel.h"
#include "tests/uring/support.h"
#include "timed/detail/sanitizers.h"
#include "timed/error.h"
#include "timed/manual_clock.h"
#include "timed/uring/unix_stream.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;

#if TIMED_ADDRESS_SANITIZER || TIMED_THREAD_SANITIZER
constexpr int turns_max = 1;  // a tenth of the runs, each of which takes ten times as long
#else
constexpr int turns_max = 2;
#endif

enum class step { read, write, cancel, expire, close, turn };
constexpr std::array names = {"read", "write", "cancel", "expire", "close", "turn"};

struct setting {
  std::string_view name;
  bool peer_has_sent;
  timeout_action on_timeout;
  bool cancels_by_slot;
  unsigned registered_files = 0;
};

// Steps are numbered; 0 is never.
struct operation {
  int started = 0, called = 0;
  bool was_open = false;  // when it was started
  bool is_starting = false;
  error_code ec;
  std::size_t bytes = 0;
};

class run {
 public:
  run(const setting& chosen, every_decision& decide)
      : chosen_(chosen),
        decide_(decide),
        kernel_(decide),
        context_(
            kernel_,
            options{.entries = 2, .completions = 2, .registered_files = chosen.registered_files}),
        clock_(context_) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    peer_ = ends[0];
    // What the stream has not read is still there when it is closed.
    same_file_ = ::dup(ends[1]);
    stream_->socket().assign(net::local::stream_protocol(), ends[1]);
    stream_->on_timeout(chosen.on_timeout);
    stream_->expires_after(1h);
    if (chosen.peer_has_sent) {
      EXPECT_EQ(::send(peer_, to_read.data(), to_read.size(), 0), 5);
    }
  }

  ~run() {
    stream_.reset();
    ::close(peer_);
    ::close(same_file_);
  }

  void play(int turns) {
    std::vector<step> left = {step::read, step::write, step::cancel, step::expire, step::close};
    left.insert(left.end(), static_cast<std::size_t>(turns), step::turn);
    while (!left.empty()) {
      // Turns are last in the list, and one is like another.
      const auto kinds =
          static_cast<std::size_t>(std::find(left.begin(), left.end(), step::turn) - left.begin());
      const std::size_t chosen = decide_.below(kinds + (kinds < left.size() ? 1 : 0));
      const step next = left[chosen];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(chosen));
      take(next);
    }
    context_.restart();
    context_.run_for(20s);
    EXPECT_TRUE(context_.stopped()) << "something is still outstanding";
    judge();
  }

  std::string text() const {
    std::string all;
    for (const step each : done_) all += std::string(" ") + names[static_cast<std::size_t>(each)];
    return all;
  }

 private:
  static constexpr std::string_view to_read = "abcde", to_write = "wxyz";

  void take(step next) {
    done_.push_back(next);
    const int now = static_cast<int>(done_.size());
    switch (next) {
      case step::read:
        return start(read_, [this](auto handler) {
          auto memory = std::make_unique<std::array<char, 3>>();
          const auto buffer = net::buffer(*memory);
          stream_->async_read_some(
              buffer, net::bind_cancellation_slot(
                          slot_.slot(), [this, handler, kept = std::move(memory)](
                                            error_code ec, std::size_t bytes) mutable {
                            got_.assign(kept->data(), bytes);
                            kept.reset();  // if the kernel still touched it, it would be seen
                            handler(ec, bytes);
                          }));
        });
      case step::write:
        return start(write_, [this](auto handler) {
          auto memory = std::make_unique<std::string>(to_write);
          const auto buffer = net::buffer(*memory);
          stream_->async_write_some(buffer, [handler, kept = std::move(memory)](
                                                error_code ec, std::size_t bytes) mutable {
            kept.reset();
            handler(ec, bytes);
          });
        });
      case step::cancel:
        cancelled_ = now;
        return chosen_.cancels_by_slot ? slot_.emit(net::cancellation_type::total)
                                       : stream_->cancel();
      case step::expire:
        expired_ = now;
        return clock_.advance(1h);
      case step::close:
        closed_ = now;
        was_open_at_close_ = stream_->socket().is_open();
        return stream_->close();
      case step::turn:
        context_.restart();
        context_.poll_one();
    }
  }

  template <class Initiation>
  void start(operation& op, Initiation initiate) {
    op.started = static_cast<int>(done_.size());
    op.was_open = stream_->socket().is_open();
    op.is_starting = true;
    initiate([this, &op](error_code ec, std::size_t bytes) {
      EXPECT_FALSE(op.is_starting) << "a handler was called by the function that started it";
      EXPECT_EQ(op.called, 0) << "a handler was called twice";
      op.called = static_cast<int>(done_.size()) + 1;
      op.ec = ec;
      op.bytes = bytes;
    });
    op.is_starting = false;
  }

  void judge() {
    judge(read_, true);
    judge(write_, !chosen_.cancels_by_slot);
    EXPECT_TRUE(read_.ec || chosen_.peer_has_sent) << "a read of nothing";
    EXPECT_FALSE(clock_.next_deadline().has_value()) << "a deadline is left";
    EXPECT_FALSE(stream_->socket().is_open());
    const bool timed_out = read_.ec == error::timeout || write_.ec == error::timeout;
    if (!was_open_at_close_) {
      EXPECT_TRUE(timed_out && chosen_.on_timeout == timeout_action::close)
          << "the stream was closed too early";
    }
    // No byte is lost, none is there twice: what was reported, and the rest.
    const std::string sent(chosen_.peer_has_sent ? to_read : "");
    EXPECT_EQ(got_ + received_by(same_file_), sent);
    EXPECT_EQ(received_by(peer_), to_write.substr(0, write_.bytes));
  }

  void judge(const operation& op, bool can_be_cancelled) {
    ASSERT_NE(op.called, 0) << "a handler was not called";
    const auto meanwhile = [&](int when) { return op.started < when && when < op.called; };
    if (!op.was_open) {
      EXPECT_EQ(op.bytes, 0U);
      if (op.ec == net::error::bad_descriptor) return;
    }
    if (expired_ != 0 && expired_ < op.started) {
      EXPECT_EQ(op.ec, error::timeout) << "the deadline had passed";
      EXPECT_EQ(op.bytes, 0U);
      return;
    }
    if (!op.ec) {
      EXPECT_GT(op.bytes, 0U);
    } else if (op.ec == error::timeout) {
      EXPECT_TRUE(meanwhile(expired_)) << "a timeout that is early";
      EXPECT_TRUE(!can_be_cancelled || !meanwhile(cancelled_) || expired_ < cancelled_)
          << "a timeout after a cancellation";
      EXPECT_TRUE(!meanwhile(closed_) || expired_ < closed_) << "a timeout after a close";
    } else {
      EXPECT_EQ(op.ec, net::error::operation_aborted);
      EXPECT_TRUE((can_be_cancelled && meanwhile(cancelled_)) || meanwhile(closed_))
          << "aborted, but neither cancelled nor closed";
    }
  }

  static std::string received_by(int descriptor) {
    std::array<char, 16> memory{};
    const ssize_t bytes = ::recv(descriptor, memory.data(), memory.size(), MSG_DONTWAIT);
    return {memory.data(), static_cast<std::size_t>(std::max<ssize_t>(bytes, 0))};
  }

  const setting& chosen_;
  every_decision& decide_;
  fake_kernel kernel_;
  context_on context_;
  manual_clock clock_;
  net::cancellation_signal slot_;  // of the read
  std::optional<unix_stream> stream_{context_};
  int peer_ = -1, same_file_ = -1;
  std::vector<step> done_;
  operation read_, write_;
  int cancelled_ = 0, expired_ = 0, closed_ = 0;
  bool was_open_at_close_ = false;
  std::string got_;
};

class interleavings : public testing::TestWithParam<setting> {
 public:
  // A context is made for each run: memory that is given back to the kernel each time costs most.
  interleavings() { ::mallopt(M_TRIM_THRESHOLD, 1 << 26); }

  void play_all(int turns, std::size_t unusual) {
    std::size_t runs = 0;
    every_decision decide(unusual);
    const auto before = open_descriptors();
    do {
      run each(GetParam(), decide);
      each.play(turns);
      ++runs;
      ASSERT_FALSE(HasFailure()) << "run " << runs << ":" << each.text()
                                 << "; decisions:" << decide.path();
    } while (decide.next());
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_GT(runs, 1'000U);
    std::printf("%zu runs\n", runs);
  }
};

class one_unusual_event : public interleavings {};
class two_unusual_events : public interleavings {};

TEST_P(one_unusual_event, in_every_interleaving_loses_nothing) {
  play_all(2, 1);
}

TEST_P(two_unusual_events, in_every_interleaving_lose_nothing) {
  play_all(1, 2);
}

constexpr std::array settings = {
    setting{"cancel", true, timeout_action::close, false},
    setting{"slot", true, timeout_action::close, true},
    setting{"registered_files", true, timeout_action::close, false, 2},
    setting{"stays_open", true, timeout_action::cancel, false},
    setting{"silent_peer", false, timeout_action::close, false},
    setting{"slot_silent_peer_stays_open", false, timeout_action::cancel, true},
};

std::string name_of(const testing::TestParamInfo<setting>& each) {
  return std::string(each.param.name);
}

INSTANTIATE_TEST_SUITE_P(all, one_unusual_event, testing::ValuesIn(settings), name_of);
INSTANTIATE_TEST_SUITE_P(all, two_unusual_events,
                         testing::Values(settings.front(), settings.back()), name_of);

}  // namespace
}  // namespace timed::uring::tests
