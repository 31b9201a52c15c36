// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What follows from each result of each kind of operation.

#include "timed/uring/detail/operation/interpret_cqe.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <vector>

namespace timed::uring::tests {
namespace {

using detail::cqe_outcome;
using detail::interpret_cqe;
using detail::submitted_operation;
using kind = detail::request::kind;
using action = cqe_outcome::action;

constexpr std::array kinds{kind::receive, kind::send,    kind::receive_message, kind::send_message,
                           kind::wait,    kind::connect, kind::accept};
constexpr int errno_max = 133;  // EHWPOISON, the last one of Linux.

constexpr cqe_outcome complete(int result) {
  return {action::complete, result};
}
constexpr cqe_outcome resubmit{action::resubmit};
constexpr cqe_outcome poll{action::poll};
constexpr cqe_outcome poll_multishot{action::poll_multishot};
constexpr cqe_outcome resubmit_given_up{action::resubmit, 0, true};
constexpr cqe_outcome poll_given_up{action::poll, 0, true};
constexpr cqe_outcome resubmit_copying{action::resubmit, 0, false, true};

// Checks every errno: those in the table, and all others, which the operation reports.
void expect_outcomes(const submitted_operation& op, const std::map<int, cqe_outcome>& special) {
  for (int error = 1; error <= errno_max; ++error) {
    SCOPED_TRACE(error);
    const auto found = special.find(error);
    EXPECT_EQ(interpret_cqe(op, -error), found == special.end() ? complete(-error) : found->second);
  }
}

const std::map<int, cqe_outcome> of_transfers{{ECANCELED, resubmit_given_up},
                                              {EINTR, resubmit_given_up},
                                              {EAGAIN, poll},
                                              {EINPROGRESS, poll}};

TEST(interpret_cqe, completes_with_what_was_transferred) {
  for (const kind what : kinds) {
    EXPECT_EQ(interpret_cqe({.what = what}, 0), complete(0));
    EXPECT_EQ(interpret_cqe({.what = what}, 64), complete(64));
  }
}

TEST(interpret_cqe, of_transfers) {
  for (const kind what : {kind::receive, kind::send, kind::receive_message, kind::send_message}) {
    expect_outcomes({.what = what}, of_transfers);
    expect_outcomes({.what = what, .is_restarted = true}, of_transfers);
  }
}

TEST(interpret_cqe, of_a_zero_copy_send_copies_if_the_kernel_refuses) {
  auto special = of_transfers;
  for (const int error : {EINVAL, EOPNOTSUPP, ENOMEM, ENOBUFS}) special[error] = resubmit_copying;
  expect_outcomes({.what = kind::send, .is_zero_copy = true}, special);
}

TEST(interpret_cqe, of_a_wait_is_never_preceded_by_another_poll) {
  expect_outcomes({.what = kind::wait}, {{ECANCELED, resubmit_given_up},
                                         {EINTR, resubmit_given_up},
                                         {EAGAIN, resubmit},
                                         {EINPROGRESS, resubmit}});
}

TEST(interpret_cqe, of_an_accept_skips_connections_that_were_reset) {
  auto special = of_transfers;
  expect_outcomes({.what = kind::accept, .reports_aborted = true}, special);
  special[ECONNABORTED] = special[EPROTO] = resubmit;
  expect_outcomes({.what = kind::accept}, special);
}

TEST(interpret_cqe, of_a_connect) {
  std::map<int, cqe_outcome> special{{ECANCELED, resubmit_given_up},
                                     {EINTR, resubmit_given_up},
                                     {EAGAIN, complete(-ENOBUFS)},
                                     {EINPROGRESS, poll}};
  expect_outcomes({.what = kind::connect}, special);
  special[EALREADY] = special[EISCONN] = poll;
  expect_outcomes({.what = kind::connect, .is_restarted = true}, special);
}

TEST(interpret_cqe, of_a_poll_goes_on_with_the_operation) {
  for (const kind what : kinds) {
    const bool is_connect = what == kind::connect;
    EXPECT_EQ(interpret_cqe({.what = what, .was_polling = true}, 1),
              is_connect ? complete(1) : resubmit);
    EXPECT_EQ(interpret_cqe({.what = what, .was_polling = true}, -EINTR), poll_given_up);
    EXPECT_EQ(interpret_cqe({.what = what, .was_polling = true}, -ECANCELED), poll_given_up);
    EXPECT_EQ(interpret_cqe({.what = what, .was_polling = true}, -EBADF), complete(-EBADF));
  }
}

TEST(interpret_cqe, of_a_poll_that_has_found_nothing_but_the_peer_s_shutdown_polls_for_changes) {
  for (const kind what : kinds) {
    submitted_operation polling{.what = what, .was_polling = true, .is_ready = false};
    EXPECT_EQ(interpret_cqe(polling, POLLRDHUP), poll_multishot);
    EXPECT_EQ(interpret_cqe(polling, -EINTR), poll_given_up);
    polling.is_cancelled = true;
    EXPECT_EQ(interpret_cqe(polling, POLLRDHUP), complete(-ECANCELED));
  }
  EXPECT_EQ(interpret_cqe({.what = kind::wait, .is_ready = false}, POLLRDHUP), poll_multishot);
}

TEST(interpret_cqe,
     of_a_write_that_would_block_though_the_file_is_ready_lets_the_kernel_wait_once) {
  for (const kind what : {kind::send, kind::send_message}) {
    EXPECT_EQ(interpret_cqe({.what = what, .has_polled = true}, -EAGAIN),
              (cqe_outcome{.then = action::resubmit, .blocks = true}));
    EXPECT_EQ(interpret_cqe({.what = what, .has_polled = true, .may_block = true}, -EAGAIN), poll);
  }
  EXPECT_EQ(interpret_cqe({.what = kind::receive, .has_polled = true}, -EAGAIN), poll);
}

TEST(interpret_cqe, of_a_cancelled_operation_reports_what_was_transferred) {
  for (const kind what : kinds) {
    const bool transfers_something = what != kind::wait;
    const bool may_be_zero = what == kind::connect || what == kind::accept;
    const submitted_operation op{.what = what, .is_cancelled = true};
    EXPECT_EQ(interpret_cqe(op, 5), complete(transfers_something ? 5 : -ECANCELED));
    EXPECT_EQ(interpret_cqe(op, 0), complete(may_be_zero ? 0 : -ECANCELED));
    for (int error = 1; error <= errno_max; ++error) {
      EXPECT_EQ(interpret_cqe(op, -error), complete(-ECANCELED));
    }
    const submitted_operation polling{.what = what, .was_polling = true, .is_cancelled = true};
    EXPECT_EQ(interpret_cqe(polling, 1), complete(-ECANCELED));
  }
}

// Every operation that there can be: each kind, with each combination of its properties.
std::vector<submitted_operation> every_operation() {
  std::vector<submitted_operation> all;
  for (const kind what : kinds) {
    for (unsigned bits = 0; bits < 256; ++bits) {
      const auto has = [bits](unsigned bit) { return (bits >> bit & 1U) != 0; };
      const bool is_poll = has(0) || what == kind::wait;
      if (has(5) && !is_poll) continue;
      all.push_back({.what = what,
                     .was_polling = has(0),
                     .is_ready = !has(5),
                     .is_cancelled = has(1),
                     .has_polled = has(6),
                     .may_block = has(7),
                     .is_restarted = has(2),
                     .is_zero_copy = has(3),
                     .reports_aborted = has(4)});
    }
  }
  return all;
}

// Errors after which the operation goes on.
bool is_transient(int error, const submitted_operation& op) {
  static const std::set<int> of_any{ECANCELED, EINTR, EAGAIN, EINPROGRESS};
  static const std::set<int> of_zero_copy{EINVAL, EOPNOTSUPP, ENOMEM, ENOBUFS};
  return of_any.contains(error) || (op.is_zero_copy && of_zero_copy.contains(error)) ||
         (op.what == kind::accept && (error == ECONNABORTED || error == EPROTO)) ||
         (op.what == kind::connect && (error == EALREADY || error == EISCONN));
}

// The function has so few arguments that all of them are tried.
TEST(interpret_cqe, keeps_its_invariants_for_every_operation_and_every_result) {
  for (const auto& op : every_operation()) {
    SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(op.what) << ", polling "
                                    << op.was_polling << ", cancelled " << op.is_cancelled);
    for (int result = -errno_max; result <= 2; ++result) {
      const auto outcome = interpret_cqe(op, result);
      const bool ends = outcome.then == action::complete;
      // Bytes and connections that were transferred are reported.
      if (result > 0 && !op.was_polling && op.what != kind::wait) {
        EXPECT_EQ(outcome, complete(result));
      }
      // A cancelled operation ends, whatever the kernel says.
      EXPECT_TRUE(ends || !op.is_cancelled) << result;
      // An operation ends at each error that does not pass, so that it is not tried for ever.
      EXPECT_TRUE(ends || result >= 0 || is_transient(-result, op)) << result;
      // A send that does not copy is tried with a copy once.
      EXPECT_TRUE(!outcome.copies || (op.is_zero_copy && !ends)) << result;
      // The kernel waits for room only after a poll that was wrong, and is told so once.
      EXPECT_TRUE(!outcome.blocks || (op.has_polled && !op.may_block && !ends)) << result;
      // What is reported is what the kernel has said, with two exceptions.
      if (ends && outcome.result != result) {
        const bool is_full_backlog = op.what == kind::connect && result == -EAGAIN;
        EXPECT_EQ(outcome.result, op.is_cancelled ? -ECANCELED : -ENOBUFS);
        EXPECT_TRUE(op.is_cancelled || is_full_backlog);
      }
    }
  }
}

}  // namespace
}  // namespace timed::uring::tests
