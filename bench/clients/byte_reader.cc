// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/byte_reader.h"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/tcp_pairs.h"
#include "bench/clients/tcp_sockets.h"

namespace timed::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::string_view reads_now = "reads";

// The parent's message when no write is outstanding.
constexpr char all_written = 'a';

// The child's side.
class reader {
 public:
  reader(int control, int connection, clock::duration silence_max)
      : control_(control), connection_(connection), silence_max_(silence_max) {}

  void follow_orders() {
    std::uint64_t bytes = 0;
    while (::recv(control_, &bytes, sizeof(bytes), 0) == sizeof(bytes)) {
      expect_no_more();
      say(reads_now.data(), reads_now.size());
      const clock::rep ended = read(bytes).time_since_epoch().count();
      char message = 0;
      if (::recv(control_, &message, 1, 0) != 1 || message != all_written) return;
      expect_no_more();
      say(&ended, sizeof(ended));
    }
  }

 private:
  clock::time_point read(std::uint64_t bytes) {
    std::uint64_t left = bytes;
    clock::time_point last = clock::now();
    while (left > 0) {
      ::pollfd ready{.fd = connection_, .events = POLLIN, .revents = 0};
      check_call(::poll(&ready, 1, 0), "poll");
      if (ready.revents == 0) {
        if (clock::now() - last > silence_max_) {
          throw std::runtime_error("of " + std::to_string(bytes) + " bytes written, " +
                                   std::to_string(left) + " did not arrive");
        }
        ::sched_yield();  // to the writer, if both share a CPU
        continue;
      }
      const ::ssize_t received =
          ::recv(connection_, memory_.data(), std::min<std::uint64_t>(left, memory_.size()), 0);
      check_call(received, "recv");
      if (received == 0) throw std::runtime_error("the writing end was closed");
      left -= static_cast<std::uint64_t>(received);
      last = clock::now();
    }
    return last;
  }

  void expect_no_more() {
    if (::recv(connection_, memory_.data(), 1, MSG_DONTWAIT) > 0) {
      throw std::runtime_error("more bytes arrived than the handlers reported");
    }
  }

  void say(const void* message, std::size_t bytes) {
    check_call(::send(control_, message, bytes, MSG_NOSIGNAL), "send");
  }

  const int control_;
  const int connection_;
  const clock::duration silence_max_;
  std::vector<char> memory_ = std::vector<char>(256 * 1024);
};

}  // namespace

byte_reader::ends byte_reader::connect(socket kind) {
  if (kind == socket::tcp) {
    tcp_pair pair = tcp_pairs().make();
    return {std::move(pair.accepted), std::move(pair.connected)};
  }
  std::array<int, 2> pair{};
  check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
  return {owned_descriptor(pair[0], "socketpair"), owned_descriptor(pair[1], "socketpair")};
}

byte_reader::byte_reader(socket kind, std::chrono::milliseconds silence_max)
    : ends_(connect(kind)),
      process_(0, [this, silence_max](int control, const sockaddr_in&, std::size_t) {
        ends_.writing = owned_descriptor();  // otherwise the child would not notice its end
        reader(control, ends_.reading.get(), silence_max).follow_orders();
      }) {
  ends_.reading = owned_descriptor();
}

void byte_reader::begin(std::uint64_t bytes) {
  process_.send(std::as_bytes(std::span(&bytes, 1)));
  const std::string answer = process_.receive();
  if (answer != reads_now) throw std::runtime_error("the reader: " + answer);
}

clock::time_point byte_reader::await_end() {
  process_.send(std::as_bytes(std::span(&all_written, 1)));
  const std::string answer = process_.receive();
  clock::rep ended = 0;
  if (answer.size() != sizeof(ended)) throw std::runtime_error("the reader: " + answer);
  std::memcpy(&ended, answer.data(), sizeof(ended));
  return clock::time_point(clock::duration(ended));
}

}  // namespace timed::bench
