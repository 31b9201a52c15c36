// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/liburing_ping_pong.h"

#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace timed::bench::contenders {
namespace {

constexpr std::size_t message_bytes = 64;

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

struct end {
  int descriptor = -1;
  bool is_server = false;
  bool is_reading = false;
  std::array<char, message_bytes> memory{};
};

}  // namespace

template <bool ThroughRing>
class liburing_ping_pong<ThroughRing>::loop {
 public:
  explicit loop(std::size_t connections) : ends_(2 * connections) {
    int result = open(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (result == -EINVAL) result = open(IORING_SETUP_COOP_TASKRUN);  // before Linux 6.1
    check(result, "io_uring_queue_init_params");
    ::io_uring_register_ring_fd(&ring_);  // which not every kernel can
    for (std::size_t i = 0; i < connections; ++i) {
      std::array<int, 2> pair{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        check(-errno, "socketpair");
      }
      ends_[2 * i].descriptor = pair[0];
      ends_[2 * i + 1].descriptor = pair[1];
      ends_[2 * i + 1].is_server = true;
      read(ends_[2 * i + 1]);
    }
  }
  loop(const loop&) = delete;
  ~loop() {
    for (const end& each : ends_) {
      if (each.descriptor >= 0) ::close(each.descriptor);
    }
    ::io_uring_queue_exit(&ring_);
  }

  std::chrono::duration<double, std::nano> run(std::size_t round_trips) {
    const auto began = std::chrono::steady_clock::now();
    std::size_t left_to_begin = round_trips;
    std::size_t left_to_end = round_trips;
    for (std::size_t i = 0; i < ends_.size() && left_to_begin > 0; i += 2, --left_to_begin) {
      write(ends_[i]);
    }
    while (left_to_end > 0) {
      const int result = ::io_uring_submit_and_wait(&ring_, 1);
      if (result != -EINTR) check(result, "io_uring_submit_and_wait");
      unsigned head = 0;
      unsigned count = 0;
      io_uring_cqe* completion = nullptr;
      io_uring_for_each_cqe(&ring_, head, completion) {
        ++count;
        check(completion->res, "a read or a write");
        if (completion->res != message_bytes) throw std::runtime_error("a partial transfer");
        end& at = *static_cast<end*>(::io_uring_cqe_get_data(completion));
        if (!at.is_reading) {
          read(at);
          continue;
        }
        at.is_reading = false;
        if (!at.is_server) {
          --left_to_end;
          if (left_to_begin == 0) continue;
          --left_to_begin;
        }
        write(at);
      }
      ::io_uring_cq_advance(&ring_, count);
    }
    return std::chrono::steady_clock::now() - began;
  }

 private:
  int open(unsigned flags) {
    io_uring_params params{};
    params.flags = flags | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = 4096;
    return ::io_uring_queue_init_params(1024, &ring_, &params);
  }

  io_uring_sqe& entry() {
    io_uring_sqe* got = ::io_uring_get_sqe(&ring_);
    if (got == nullptr) throw std::logic_error("the ring is too small");
    return *got;
  }

  void read(end& at) {
    io_uring_sqe& sqe = entry();
    ::io_uring_prep_recv(&sqe, at.descriptor, at.memory.data(), message_bytes, 0);
    sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
    ::io_uring_sqe_set_data(&sqe, &at);
    at.is_reading = true;
  }

  void write(end& at) {
    if constexpr (ThroughRing) {
      io_uring_sqe& sqe = entry();
      ::io_uring_prep_send(&sqe, at.descriptor, at.memory.data(), message_bytes, MSG_NOSIGNAL);
      ::io_uring_sqe_set_data(&sqe, &at);
    } else {
      const ::ssize_t sent =
          ::send(at.descriptor, at.memory.data(), message_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent != message_bytes) check(sent < 0 ? -errno : -EMSGSIZE, "send");
      read(at);
    }
  }

  io_uring ring_{};
  std::vector<end> ends_;
};

template <bool ThroughRing>
liburing_ping_pong<ThroughRing>::liburing_ping_pong(std::size_t connections)
    : loop_(std::make_unique<loop>(connections)) {}

template <bool ThroughRing>
liburing_ping_pong<ThroughRing>::~liburing_ping_pong() = default;

template <bool ThroughRing>
std::chrono::duration<double, std::nano> liburing_ping_pong<ThroughRing>::run(
    std::size_t round_trips) {
  return loop_->run(round_trips);
}

template class liburing_ping_pong<false>;
template class liburing_ping_pong<true>;

}  // namespace timed::bench::contenders
