// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_INTERPRET_CQE_H
#define TIMED_URING_DETAIL_OPERATION_INTERPRET_CQE_H

#include <cerrno>
#include <cstdint>

#include "timed/uring/detail/operation/io_operation.h"

namespace timed::uring::detail {

/// The facts about an operation that `interpret_cqe()` needs.
struct submitted_operation {
  request::kind what = request::kind::receive;
  bool was_polling = false;      ///< The entry is that of a poll, and not the operation's own.
  bool is_ready = true;          ///< False if a poll's result does not mean that the file is ready.
  bool is_cancelled = false;     ///< The user has cancelled it.
  bool has_polled = false;       ///< A poll has found the file ready before.
  bool may_block = false;        ///< It is a write for which the kernel waits until there is room.
  bool is_restarted = false;     ///< It was submitted before, and the kernel may have begun it.
  bool is_zero_copy = false;     ///< It is a send that does not copy the buffer.
  bool reports_aborted = false;  ///< An accept reports connections that were reset meanwhile.
};

/// The action that a completion queue entry asks for.
struct cqe_outcome {
  enum class action : std::uint8_t {
    complete,  ///< The operation has ended, with `result`.
    resubmit,  ///< It is submitted again.
    poll,      ///< It is submitted again once the file is ready.
    /// As `poll`, but by a multishot poll. A single poll ends at once, with POLLRDHUP, if the peer
    /// has shut down its sending side, though a write would block.
    poll_multishot,
  };

  action then = action::complete;
  int result = 0;             ///< As the system call's, a negative errno if it has failed.
  bool is_restarted = false;  ///< The kernel has given it up, but may have begun it.
  bool copies = false;        ///< The kernel cannot send this without copying.
  bool blocks = false;        ///< It would block though the file is ready: the kernel has to wait.

  friend bool operator==(const cqe_outcome&, const cqe_outcome&) = default;
};

/// Decides on an operation by the result in its completion queue entry. Pure.
constexpr cqe_outcome interpret_cqe(const submitted_operation& op, int result) noexcept {
  using kind = request::kind;
  using action = cqe_outcome::action;
  if (op.is_cancelled) {
    // Bytes, connections and descriptors that the kernel has transferred are reported. Otherwise
    // the operation reports its cancellation.
    const bool has_value = op.what == kind::connect || op.what == kind::accept ? result >= 0
                           : op.what == kind::wait                             ? false
                                                                               : result > 0;
    return {action::complete, has_value && !op.was_polling ? result : -ECANCELED};
  }
  if (result >= 0) [[likely]] {
    if (!op.is_ready) return {action::poll_multishot};
    // A connect has no second step: its result was asked for when the file became ready.
    if (op.was_polling && op.what != kind::connect) return {action::resubmit};
    return {action::complete, result};
  }
  switch (-result) {
    case ECANCELED:  // By the kernel: the thread that submitted it has exited.
    case EINTR:
      return {op.was_polling ? action::poll : action::resubmit, 0, true};
    case EALREADY:
    case EISCONN:
      // It had begun, and goes on, or has just succeeded.
      if (op.what == kind::connect && op.is_restarted) return {action::poll};
      break;
    case ECONNABORTED:
    case EPROTO:
      if (op.what == kind::accept && !op.reports_aborted) return {action::resubmit};
      break;
    case EINVAL:  // The kernel or the protocol does not support it.
    case EOPNOTSUPP:
    case ENOMEM:  // The process may not lock as much memory.
    case ENOBUFS:
      if (op.is_zero_copy) return {action::resubmit, 0, false, true};
      break;
    case EAGAIN:  // It would block, and has MSG_DONTWAIT, or the file is non-blocking.
      // A Unix socket's connect has not begun: the listener's backlog is full. Asio reports the
      // same error.
      if (op.what == kind::connect) return {action::complete, -ENOBUFS};
      // A poll takes a message in the socket's error queue for readiness.
      if (op.has_polled && !op.may_block &&
          (op.what == kind::send || op.what == kind::send_message))
        return {.then = action::resubmit, .blocks = true};
      [[fallthrough]];
    case EINPROGRESS:
      return {op.what == kind::wait ? action::resubmit : action::poll};
    default:
      break;
  }
  return {action::complete, result};
}

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_INTERPRET_CQE_H
