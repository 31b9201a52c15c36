// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The submission queue entry of each request.

#include "timed/uring/detail/operation/prepare_sqe.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

namespace timed::uring::tests {
namespace {

using detail::prepare_sqe;
using detail::request;
using detail::sqe_options;

io_uring_sqe prepared(const request& wanted, const sqe_options& how) {
  io_uring_sqe entry{};  // io_uring_get_sqe(3) clears what prepare_sqe() does not set.
  prepare_sqe(entry, wanted, how);
  return entry;
}

std::array<char, 10> transfer_bytes;

void expect_entry(const io_uring_sqe& entry, int opcode, const void* address, unsigned size) {
  EXPECT_EQ(entry.opcode, opcode);
  EXPECT_EQ(entry.fd, 7);
  EXPECT_EQ(entry.addr, reinterpret_cast<std::uintptr_t>(address));
  EXPECT_EQ(entry.len, size);
  EXPECT_EQ(entry.flags & IOSQE_FIXED_FILE, 0);
}

TEST(prepare_sqe, receives) {
  const request wanted = request::receive(transfer_bytes.data(), transfer_bytes.size(), MSG_PEEK);
  const io_uring_sqe entry = prepared(wanted, {.file = 7});
  expect_entry(entry, IORING_OP_RECV, transfer_bytes.data(), 10);
  EXPECT_EQ(entry.msg_flags, unsigned{MSG_PEEK});
  EXPECT_EQ(entry.ioprio, 0);
  EXPECT_EQ(prepared(wanted, {.file = 7, .polls_first = true}).ioprio, IORING_RECVSEND_POLL_FIRST);
}

TEST(prepare_sqe, sends_without_a_signal_and_without_blocking) {
  const request wanted = request::send(transfer_bytes.data(), transfer_bytes.size(), MSG_MORE);
  const io_uring_sqe entry = prepared(wanted, {.file = 7, .polls_first = true});
  expect_entry(entry, IORING_OP_SEND, transfer_bytes.data(), 10);
  EXPECT_EQ(entry.msg_flags, unsigned{MSG_MORE | MSG_NOSIGNAL | MSG_DONTWAIT});
  EXPECT_EQ(entry.ioprio, 0) << "only reads wait before they try";
}

TEST(prepare_sqe, sends_that_may_block) {
  const request wanted = request::send(transfer_bytes.data(), transfer_bytes.size(), MSG_WAITALL);
  EXPECT_EQ(prepared(wanted, {.file = 7, .may_block = true}).msg_flags, unsigned{MSG_NOSIGNAL});
}

TEST(prepare_sqe, sends_without_a_copy) {
  const request wanted = request::send(transfer_bytes.data(), transfer_bytes.size(), 0);
  const io_uring_sqe entry = prepared(wanted, {.file = 7, .zero_copy = true});
  expect_entry(entry, IORING_OP_SEND_ZC, transfer_bytes.data(), 10);
  EXPECT_EQ(entry.msg_flags, unsigned{MSG_NOSIGNAL | MSG_DONTWAIT});
}

TEST(prepare_sqe, receives_and_sends_messages) {
  ::msghdr message{};
  io_uring_sqe entry = prepared(request::receive(message, 0), {.file = 7, .polls_first = true});
  expect_entry(entry, IORING_OP_RECVMSG, &message, 1);
  EXPECT_EQ(entry.ioprio, IORING_RECVSEND_POLL_FIRST);
  entry = prepared(request::send(message, 0), {.file = 7});
  expect_entry(entry, IORING_OP_SENDMSG, &message, 1);
  EXPECT_EQ(entry.msg_flags, unsigned{MSG_NOSIGNAL | MSG_DONTWAIT});
}

TEST(prepare_sqe, waits) {
  const io_uring_sqe entry = prepared(request::wait(request::lane::other, POLLPRI), {.file = 7});
  expect_entry(entry, IORING_OP_POLL_ADD, nullptr, 0);
  EXPECT_EQ(entry.poll32_events, unsigned{POLLPRI});
}

TEST(prepare_sqe, polls_for_what_another_operation_waits_for) {
  const io_uring_sqe entry =
      prepared(request::send(transfer_bytes.data(), transfer_bytes.size(), 0),
               {.file = 7, .polls_only = true, .zero_copy = true});
  expect_entry(entry, IORING_OP_POLL_ADD, nullptr, 0);
  EXPECT_EQ(entry.poll32_events, unsigned{POLLOUT});
}

TEST(prepare_sqe, polls_for_changes) {
  for (const request& wanted :
       {request::wait(request::lane::write, POLLOUT), request::send(transfer_bytes.data(), 1, 0)}) {
    const io_uring_sqe entry =
        prepared(wanted, {.file = 7, .polls_only = true, .polls_multishot = true});
    expect_entry(entry, IORING_OP_POLL_ADD, nullptr, IORING_POLL_ADD_MULTI);
    EXPECT_EQ(entry.poll32_events, unsigned{POLLOUT});
  }
}

TEST(prepare_sqe, connects) {
  const ::sockaddr_storage peer{};
  const io_uring_sqe entry = prepared(request::connect(&peer, 16), {.file = 7});
  expect_entry(entry, IORING_OP_CONNECT, &peer, 0);
  EXPECT_EQ(entry.off, 16U);
}

TEST(prepare_sqe, accepts) {
  ::sockaddr_storage from{};
  ::socklen_t size = 16;
  io_uring_sqe entry = prepared(request::accept(&from, &size, SOCK_NONBLOCK), {.file = 7});
  expect_entry(entry, IORING_OP_ACCEPT, &from, 0);
  EXPECT_EQ(entry.off, reinterpret_cast<std::uintptr_t>(&size));
  EXPECT_EQ(entry.accept_flags, unsigned{SOCK_NONBLOCK | SOCK_CLOEXEC});
  EXPECT_EQ(entry.ioprio, 0);
  entry = prepared(request::multishot_accept(), {.file = 7});
  expect_entry(entry, IORING_OP_ACCEPT, nullptr, 0);
  EXPECT_EQ(entry.accept_flags, unsigned{SOCK_CLOEXEC});
  EXPECT_EQ(entry.ioprio, IORING_ACCEPT_MULTISHOT);
}

TEST(prepare_sqe, names_registered_files_by_their_number) {
  for (const request& wanted :
       {request::receive(transfer_bytes.data(), 1, 0), request::send(transfer_bytes.data(), 1, 0),
        request::wait(request::lane::read, POLLIN), request::multishot_accept()}) {
    const io_uring_sqe entry = prepared(wanted, {.file = 3, .is_registered = true});
    EXPECT_EQ(entry.fd, 3);
    EXPECT_NE(entry.flags & IOSQE_FIXED_FILE, 0);
  }
}

}  // namespace
}  // namespace timed::uring::tests
