// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/raw_liburing/echo.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/contenders/raw_liburing/receive_buffers.h"
#include "bench/contenders/raw_liburing/ring.h"

namespace timed::bench::contenders {
namespace {

constexpr std::size_t memory_bytes = 1024;

struct session {
  owned_descriptor descriptor;
  int number = 0;           // index of the registered file
  bool is_reading = false;  // or receives, by a multishot operation
  std::size_t begin = 0;    // of the bytes still to write
  std::size_t end = 0;
  std::vector<char> memory = std::vector<char>(memory_bytes);
  std::vector<char> waiting{};  // received while a write is outstanding
};

}  // namespace

template <raw_liburing_way Way>
class raw_liburing_echo<Way>::loop {
 public:
  explicit loop(std::vector<owned_descriptor> connections) : sessions_(connections.size()) {
    std::vector<int> descriptors;
    for (std::size_t i = 0; i < connections.size(); ++i) {
      sessions_[i].number = static_cast<int>(i);
      sessions_[i].descriptor = std::move(connections[i]);
      descriptors.push_back(sessions_[i].descriptor.get());
    }
    ring_.register_files(descriptors);
    if (receives_multishot) ring_.provide_buffers(2 * sessions_.size(), memory_bytes);
    for (session& session : sessions_) read(session);
  }

  void serve(echo_meter& meter) {
    meter_ = &meter;
    is_complete_ = false;
    while (!is_complete_) {
      ring_.wait_for_each_entry([this](session& session, const io_uring_cqe& completion) {
        if (receives_multishot && completion.res == -ENOBUFS) return receive(session);
        const auto bytes = static_cast<std::size_t>(completion.res);
        if (!has_read(session, completion)) return on_written(session, bytes);
        if (receives_multishot) return write_waiting(session);
        session.begin = 0;
        session.end = bytes;
        write(session);
      });
    }
  }

 private:
  static constexpr bool receives_multishot =
      Way == raw_liburing_way::multishot || Way == raw_liburing_way::multishot_coop_taskrun;

  static constexpr ring_setup setup() {
    if (Way != raw_liburing_way::multishot_coop_taskrun) return {};
    return {.flags = IORING_SETUP_COOP_TASKRUN};
  }

  // @return Whether the completion is that of a read, not of a write.
  bool has_read(session& session, const io_uring_cqe& completion) {
    if (completion.res == 0) throw std::runtime_error("the client has closed a connection");
    if constexpr (receives_multishot) {
      if (!receive_buffers::has_buffer(completion)) return false;
      const std::size_t before = session.waiting.size();
      session.waiting.resize(before + static_cast<std::size_t>(completion.res));
      ring_.copy_out(completion, session.waiting.data() + before);
      if ((completion.flags & IORING_CQE_F_MORE) == 0) receive(session);  // the kernel has ended it
      return true;
    } else {
      return std::exchange(session.is_reading, false);
    }
  }

  void receive(session& session) {
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_recv_multishot(&sqe, session.number, nullptr, 0, 0);
    ::io_uring_sqe_set_data(&sqe, &session);
    sqe.flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe.buf_group = receive_buffers::group;
    sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
  }

  void read(session& session) {
    session.is_reading = true;
    if constexpr (receives_multishot) return receive(session);
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_recv(&sqe, session.number, session.memory.data(), session.memory.size(), 0);
    ::io_uring_sqe_set_data(&sqe, &session);
    sqe.flags |= IOSQE_FIXED_FILE;
    sqe.ioprio |= IORING_RECVSEND_POLL_FIRST;
    limit(sqe);
  }

  // More may arrive before a write completes.
  void write_waiting(session& session) {
    if (session.begin < session.end || session.waiting.empty()) return;
    session.memory.swap(session.waiting);
    session.waiting.clear();
    session.begin = 0;
    session.end = session.memory.size();
    write(session);
  }

  void write(session& session) {
    const char* const data = session.memory.data() + session.begin;
    const std::size_t bytes = session.end - session.begin;
    if constexpr (Way == raw_liburing_way::send) {
      const ::ssize_t sent =
          ::send(session.descriptor.get(), data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return on_written(session, static_cast<std::size_t>(sent));
      if (errno != EAGAIN) throw_if_error(-errno, "send");
    }
    io_uring_sqe& sqe = ring_.entry();
    ::io_uring_prep_send(&sqe, session.number, data, bytes, MSG_NOSIGNAL);
    ::io_uring_sqe_set_data(&sqe, &session);
    sqe.flags |= IOSQE_FIXED_FILE;
    limit(sqe);
  }

  void limit(io_uring_sqe& sqe) {
    if constexpr (Way == raw_liburing_way::link_timeout) ring_.limit(sqe, timeout_);
  }

  void on_written(session& session, std::size_t bytes) {
    if (meter_->is_complete_after(bytes)) is_complete_ = true;
    session.begin += bytes;
    if (session.begin < session.end) return write(session);
    receives_multishot ? write_waiting(session) : read(session);
  }

  std::vector<session> sessions_;
  raw_liburing_ring<session> ring_{setup()};  // destroyed before the sessions' memory
  __kernel_timespec timeout_{.tv_sec = 30, .tv_nsec = 0};
  echo_meter* meter_ = nullptr;
  bool is_complete_ = false;
};

template <raw_liburing_way Way>
raw_liburing_echo<Way>::raw_liburing_echo(std::vector<owned_descriptor> connections)
    : loop_(std::make_unique<loop>(std::move(connections))) {}

template <raw_liburing_way Way>
raw_liburing_echo<Way>::~raw_liburing_echo() = default;

template <raw_liburing_way Way>
void raw_liburing_echo<Way>::serve(echo_meter& meter) {
  loop_->serve(meter);
}

template class raw_liburing_echo<raw_liburing_way::ring>;
template class raw_liburing_echo<raw_liburing_way::send>;
template class raw_liburing_echo<raw_liburing_way::multishot>;
template class raw_liburing_echo<raw_liburing_way::multishot_coop_taskrun>;
template class raw_liburing_echo<raw_liburing_way::link_timeout>;

}  // namespace timed::bench::contenders
