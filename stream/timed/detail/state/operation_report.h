// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_OPERATION_REPORT_H
#define TIMED_DETAIL_STATE_OPERATION_REPORT_H

#include <boost/asio/error.hpp>

#include "timed/detail/state/stream_fsm.h"
#include "timed/error.h"

namespace timed::detail {

/// Returns what an error code of the socket's operation means.
///
/// In place of operation_aborted, Asio's io_uring backend reports EINTR for an operation in which
/// an io-wq worker thread of the kernel was blocked when it was cancelled.
inline stream_fsm::socket_result socket_result_of(const error_code& ec) noexcept {
  using result = stream_fsm::socket_result;
  if (!ec) return result::success;
  const bool is_cancelled =
      ec == boost::asio::error::operation_aborted || ec == boost::asio::error::interrupted;
  return is_cancelled ? result::cancelled : result::failure;
}

/// Returns the error code of a report: `ec`, or a constant.
/// @param ec That of the socket's operation.
inline const error_code& error_of(stream_fsm::report report, const error_code& ec) noexcept {
  static const error_code aborted = boost::asio::error::operation_aborted;
  static const error_code timeout = error::timeout;
  switch (report) {
    case stream_fsm::report::aborted:
      return aborted;
    case stream_fsm::report::timeout:
      return timeout;
    case stream_fsm::report::socket_result:
      break;
  }
  return ec;
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_OPERATION_REPORT_H
