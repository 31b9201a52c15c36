// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Synchronous operations while signals arrive.

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "tests/support/full_listener.h"

namespace timed::tests {
namespace {

std::atomic<int> seen;

// While it lives, signals interrupt the system calls of the thread that has made it.
class interruptions {
 public:
  interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++seen; };  // without SA_RESTART
    ::sigaction(SIGUSR1, &action, nullptr);
    seen = 0;
    sender_ = std::thread([this, target = ::pthread_self()] {
      for (; !stops_; std::this_thread::sleep_for(1ms)) ::pthread_kill(target, SIGUSR1);
    });
  }
  interruptions(const interruptions&) = delete;
  ~interruptions() {
    stops_ = true;
    sender_.join();
  }

  // Called on another thread.
  static void await_some() {
    while (seen < 10) std::this_thread::sleep_for(1ms);
  }

 private:
  std::atomic<bool> stops_ = false;
  std::thread sender_;
};

template <class Stream>
class sync_with_signals : public connected<Stream> {
 public:
  // Runs `operation` while signals arrive, and `lets_go`, which lets it end, when some have.
  template <class Operation, class LetsGo>
  void run(Operation operation, LetsGo lets_go) {
    const interruptions here;
    std::thread later([&] {
      interruptions::await_some();
      lets_go();
    });
    operation();
    later.join();
  }

  std::array<char, 64> memory{};
  error_code ec;
};
TYPED_TEST_SUITE(sync_with_signals, every_stream, protocol_names);

TYPED_TEST(sync_with_signals, read_goes_on) {
  for (const bool timed : {false, true}) {
    this->stream.sync_deadlines(timed);
    this->stream.expires_after(20s);
    this->run([&] { EXPECT_EQ(this->stream.read_some(net::buffer(this->memory), this->ec), 1u); },
              [&] { this->peer.write_some(net::buffer("x", 1)); });
    EXPECT_EQ(this->ec, error_code());
  }
}

TYPED_TEST(sync_with_signals, write_goes_on) {
  for (const bool timed : {false, true}) {
    this->stream.sync_deadlines(timed);
    this->stream.expires_after(20s);
    this->fill_send_buffer();
    this->stream.socket().non_blocking(false);
    this->run([&] { EXPECT_EQ(this->stream.write_some(net::buffer("x", 1), this->ec), 1u); },
              [&] { this->drain_peer(); });
    EXPECT_EQ(this->ec, error_code());
  }
}

class connect_with_signals : public sync_with_signals<tcp_stream> {};

TEST_F(connect_with_signals, goes_on) {
  for (const bool timed : {false, true}) {
    tcp_acceptor silent(context, {net::ip::address_v4::loopback(), 0});
    auto fillers = stop_answering(silent);
    tcp_stream connecting(context);
    connecting.sync_deadlines(timed);
    connecting.expires_after(60s);
    run([&] { connecting.connect(silent.local_endpoint(), ec); },
        [&] {
          // The connect is answered when TCP asks for the next time.
          fillers.clear();
          silent.non_blocking(true);
          for (error_code none; !none;) silent.accept(none);
          silent.listen(10);
        });
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(connecting.socket().remote_endpoint(), silent.local_endpoint());
  }
}

TEST_F(connect_with_signals, goes_on_to_wait_for_room_in_a_unix_backlog) {
  for (const bool timed : {false, true}) {
    full_listener listener;
    unix_stream connecting(context);
    connecting.sync_deadlines(timed);
    connecting.expires_after(20s);
    run([&] { connecting.connect(listener.endpoint(), ec); }, [&] { listener.accept(1); });
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(connecting.socket().remote_endpoint(), listener.endpoint());
  }
}

}  // namespace
}  // namespace timed::tests
