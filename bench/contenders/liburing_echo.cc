// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/liburing_echo.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/contenders/liburing_ring.h"

namespace timed::bench::contenders {
namespace {

struct session {
  owned_descriptor descriptor;
  int number = 0;  // that the ring knows it by
  bool is_reading = false;
  std::size_t begin = 0;  // of what is still to be written
  std::size_t end = 0;
  std::array<char, 1024> memory{};
};

}  // namespace

template <liburing_way Way>
class liburing_echo<Way>::loop {
 public:
  explicit loop(std::vector<owned_descriptor> connections) : sessions_(connections.size()) {
    std::vector<int> descriptors;
    for (std::size_t i = 0; i < connections.size(); ++i) {
      sessions_[i].number = static_cast<int>(i);
      sessions_[i].descriptor = std::move(connections[i]);
      descriptors.push_back(sessions_[i].descriptor.get());
    }
    ring_.register_files(descriptors);
    for (session& each : sessions_) read(each);
  }

  void serve(echo_meter& meter) {
    meter_ = &meter;
    is_all_ = false;
    while (!is_all_) {
      ring_.wait_for_each([this](session& of, int result) {
        if (of.is_reading) {
          if (result == 0) throw std::runtime_error("the client has closed a connection");
          of.begin = 0;
          of.end = static_cast<std::size_t>(result);
          write(of);
        } else {
          on_written(of, static_cast<std::size_t>(result));
        }
      });
    }
  }

 private:
  void read(session& of) {
    of.is_reading = true;
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_recv(&sqe, of.number, of.memory.data(), of.memory.size(), 0);
    ::io_uring_sqe_set_data(&sqe, &of);
    sqe.flags |= IOSQE_FIXED_FILE;
    sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
    limit(sqe);
  }

  void write(session& of) {
    of.is_reading = false;
    const char* const data = of.memory.data() + of.begin;
    const std::size_t bytes = of.end - of.begin;
    if constexpr (Way == liburing_way::send) {
      const ::ssize_t sent = ::send(of.descriptor.get(), data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return on_written(of, static_cast<std::size_t>(sent));
      if (errno != EAGAIN) throw_if_error(-errno, "send");
    }
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_send(&sqe, of.number, data, bytes, MSG_NOSIGNAL);
    ::io_uring_sqe_set_data(&sqe, &of);
    sqe.flags |= IOSQE_FIXED_FILE;
    limit(sqe);
  }

  void limit(io_uring_sqe& sqe) {
    if constexpr (Way == liburing_way::link_timeout) ring_.limit(sqe, timeout_);
  }

  void on_written(session& of, std::size_t bytes) {
    if (meter_->is_all_with(bytes)) is_all_ = true;
    of.begin += bytes;
    if (of.begin < of.end) return write(of);
    read(of);
  }

  std::vector<session> sessions_;
  liburing_ring<session> ring_;  // which is closed before their memory goes
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  echo_meter* meter_ = nullptr;
  bool is_all_ = false;
};

template <liburing_way Way>
liburing_echo<Way>::liburing_echo(std::vector<owned_descriptor> connections)
    : loop_(std::make_unique<loop>(std::move(connections))) {}

template <liburing_way Way>
liburing_echo<Way>::~liburing_echo() = default;

template <liburing_way Way>
void liburing_echo<Way>::serve(echo_meter& meter) {
  loop_->serve(meter);
}

template class liburing_echo<liburing_way::ring>;
template class liburing_echo<liburing_way::send>;
template class liburing_echo<liburing_way::link_timeout>;

}  // namespace timed::bench::contenders
