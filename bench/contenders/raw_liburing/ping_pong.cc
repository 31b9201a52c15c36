// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/raw_liburing/ping_pong.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/contenders/raw_liburing/receive_buffers.h"
#include "bench/contenders/raw_liburing/ring.h"

namespace timed::bench::contenders {
namespace {

constexpr std::size_t message_bytes = 64;

}  // namespace

struct raw_liburing_loop::end {
  int descriptor = -1;
  int number = -1;  // the descriptor, or the index of the registered file
  bool is_server = false;
  bool is_reading = false;  // or receives, by a multishot operation
  std::array<char, message_bytes> memory{};
};

raw_liburing_loop::raw_liburing_loop(std::size_t connections, const ring_use& use)
    : use_(use), ends_(2 * connections), ring_(use.ring) {
  for (std::size_t i = 0; i < ends_.size(); i += 2) connect(ends_[i], ends_[i + 1]);
  if (use.has_registered_files) register_files();
  if (use.receives_multishot) ring_.provide_buffers(ends_.size(), message_bytes);
  for (std::size_t i = 0; i < ends_.size(); i += 2) read(ends_[i + 1]);
}

raw_liburing_loop::~raw_liburing_loop() {
  for (const end& closed : ends_) {
    if (closed.descriptor >= 0) ::close(closed.descriptor);
  }
}

void raw_liburing_loop::connect(end& a, end& b) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw_if_error(-errno, "socketpair");
  }
  a.descriptor = a.number = pair[0];
  b.descriptor = b.number = pair[1];
  b.is_server = true;
}

void raw_liburing_loop::register_files() {
  std::vector<int> descriptors;
  for (end& registered : ends_) {
    registered.number = static_cast<int>(descriptors.size());
    descriptors.push_back(registered.descriptor);
  }
  ring_.register_files(descriptors);
}

std::chrono::duration<double, std::nano> raw_liburing_loop::run(std::size_t round_trips) {
  const auto began = std::chrono::steady_clock::now();
  std::size_t left_to_begin = round_trips;
  std::size_t left_to_end = round_trips;
  for (std::size_t i = 0; i < ends_.size() && left_to_begin > 0; i += 2, --left_to_begin) {
    write(ends_[i]);
  }
  while (left_to_end > 0) {
    ring_.wait_for_each_entry([&](end& at, const io_uring_cqe& completion) {
      if (completion.res != message_bytes) throw std::runtime_error("a partial transfer");
      if (!has_read(at, completion)) return read(at);
      if (!at.is_server) {
        --left_to_end;
        if (left_to_begin == 0) return;
        --left_to_begin;
      }
      write(at);
    });
  }
  return std::chrono::steady_clock::now() - began;
}

void raw_liburing_loop::submit(io_uring_sqe& sqe, end& at) {
  if (use_.has_registered_files) sqe.flags |= IOSQE_FIXED_FILE;
  ::io_uring_sqe_set_data(&sqe, &at);
  if (use_.has_deadlines) ring_.limit(sqe, timeout_);
}

// @return Whether the completion is that of a read, not of a write.
bool raw_liburing_loop::has_read(end& at, const io_uring_cqe& completion) {
  if (!use_.receives_multishot) return std::exchange(at.is_reading, false);
  if (!receive_buffers::has_buffer(completion)) return false;
  ring_.copy_out(completion, at.memory.data());
  if ((completion.flags & IORING_CQE_F_MORE) == 0) receive(at);  // the kernel has ended it
  return true;
}

void raw_liburing_loop::receive(end& at) {
  io_uring_sqe& sqe = ring_.entry();
  ::io_uring_prep_recv_multishot(&sqe, at.number, nullptr, 0, 0);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = receive_buffers::group;
  if (use_.polls_first) sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
  submit(sqe, at);
}

void raw_liburing_loop::read(end& at) {
  if (use_.receives_multishot) {
    if (!std::exchange(at.is_reading, true)) receive(at);
    return;
  }
  io_uring_sqe& sqe = ring_.entry();
  ::io_uring_prep_recv(&sqe, at.number, at.memory.data(), message_bytes, 0);
  if (use_.polls_first) sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
  submit(sqe, at);
  at.is_reading = true;
}

void raw_liburing_loop::write(end& at) {
  if (use_.writes_through_ring) {
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_send(&sqe, at.number, at.memory.data(), message_bytes, MSG_NOSIGNAL);
    return submit(sqe, at);
  }
  const ::ssize_t sent =
      ::send(at.descriptor, at.memory.data(), message_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != message_bytes) throw_if_error(sent < 0 ? -errno : -EMSGSIZE, "send");
  read(at);
}

}  // namespace timed::bench::contenders
