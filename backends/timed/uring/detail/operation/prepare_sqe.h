// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_PREPARE_SQE_H
#define TIMED_URING_DETAIL_OPERATION_PREPARE_SQE_H

#include <liburing.h>
#include <sys/socket.h>

#include "timed/uring/detail/operation/io_operation.h"

namespace timed::uring::detail {

/// How a request is put into the ring.
struct sqe_options {
  int file = -1;                 ///< A file descriptor, or the number of a registered file.
  bool is_registered = false;    ///< Whether `file` is the latter.
  bool polls_only = false;       ///< Waits until the file is ready, and transfers nothing.
  bool polls_multishot = false;  ///< Such a wait goes on after each change of the file.
  bool may_block = false;        ///< A write that would block waits in the kernel.
  bool polls_first = false;      ///< A read does not try before the file is ready.
  bool zero_copy = false;        ///< A send does not copy the buffer.
};

/// Fills a submission queue entry for a request; all but its user data. Pure: it decides nothing
/// and changes nothing else.
inline void prepare_sqe(io_uring_sqe& entry, const request& wanted,
                        const sqe_options& how) noexcept {
  using kind = request::kind;
  // The loop repeats a write that would block when the file is ready. The kernel would have an
  // io-wq worker thread block in it if the peer has shut down its sending side. With MSG_WAITALL,
  // which means nothing to send(2), early kernels report EAGAIN although a part was sent.
  const int send_flags =
      (wanted.flags & ~MSG_WAITALL) | MSG_NOSIGNAL | (how.may_block ? 0 : MSG_DONTWAIT);
  switch (how.polls_only ? kind::wait : wanted.what) {
    case kind::wait:
      ::io_uring_prep_poll_add(&entry, how.file, static_cast<unsigned>(wanted.events));
      if (how.polls_multishot) entry.len |= IORING_POLL_ADD_MULTI;
      break;
    case kind::receive:
      ::io_uring_prep_recv(&entry, how.file, wanted.data, wanted.size, wanted.flags);
      if (how.polls_first) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
      break;
    case kind::send:
      if (how.zero_copy) {
        ::io_uring_prep_send_zc(&entry, how.file, wanted.data, wanted.size, send_flags, 0);
      } else {
        ::io_uring_prep_send(&entry, how.file, wanted.data, wanted.size, send_flags);
      }
      break;
    case kind::receive_message:
      ::io_uring_prep_recvmsg(&entry, how.file, static_cast<::msghdr*>(wanted.data),
                              static_cast<unsigned>(wanted.flags));
      if (how.polls_first) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
      break;
    case kind::send_message:
      ::io_uring_prep_sendmsg(&entry, how.file, static_cast<::msghdr*>(wanted.data),
                              static_cast<unsigned>(send_flags));
      break;
    case kind::connect:
      ::io_uring_prep_connect(&entry, how.file, static_cast<::sockaddr*>(wanted.data),
                              static_cast<::socklen_t>(wanted.size));
      break;
    case kind::accept:
      ::io_uring_prep_accept(&entry, how.file, static_cast<::sockaddr*>(wanted.data),
                             wanted.address_size, wanted.flags | SOCK_CLOEXEC);
      break;
    case kind::multishot_accept:
      ::io_uring_prep_multishot_accept(&entry, how.file, nullptr, nullptr, SOCK_CLOEXEC);
      break;
  }
  if (how.is_registered) entry.flags |= IOSQE_FIXED_FILE;
}

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_PREPARE_SQE_H
