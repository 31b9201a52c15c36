// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/stream_fsm.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace timed::detail {
namespace {

using action = stream_fsm::action;

// Starts an operation and reports its initiating function as returned.
stream_fsm::ticket start_and_initiate(stream_fsm& fsm, directions which) {
  const auto ticket = fsm.start(which);
  EXPECT_TRUE(ticket.has_value());
  EXPECT_EQ(fsm.initiated(which, *ticket), action::none);
  return *ticket;
}

TEST(stream_fsm, an_operation_that_completes_in_time_reports_no_timeout) {
  stream_fsm fsm;
  const auto ticket = fsm.start(directions::write);
  ASSERT_TRUE(ticket.has_value());
  EXPECT_TRUE(fsm.outstanding(directions::write));
  EXPECT_EQ(fsm.initiated(directions::write, *ticket), action::none);
  const auto outcome = fsm.finish(directions::write, *ticket);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.then, action::none);
  EXPECT_FALSE(fsm.outstanding(directions::write));
}

TEST(stream_fsm, a_direction_takes_one_operation_at_a_time) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, directions::write);
  EXPECT_FALSE(fsm.start(directions::write).has_value());
  EXPECT_TRUE(fsm.start(directions::read).has_value());
  EXPECT_FALSE(fsm.finish(directions::write, ticket).timed_out);
  EXPECT_TRUE(fsm.start(directions::write).has_value());
}

TEST(stream_fsm, a_connect_takes_both_directions_and_waits_for_both) {
  stream_fsm fsm;
  const auto write = start_and_initiate(fsm, directions::write);
  EXPECT_FALSE(fsm.start(directions::both).has_value());
  (void)fsm.finish(directions::write, write);
  start_and_initiate(fsm, directions::both);
  EXPECT_FALSE(fsm.start(directions::read).has_value());
  EXPECT_FALSE(fsm.start(directions::write).has_value());
}

TEST(stream_fsm, expiry_closes_the_socket_and_the_operation_reports_a_timeout) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, directions::write);
  EXPECT_EQ(fsm.expire(directions::write, ticket), action::close_socket);
  EXPECT_TRUE(fsm.finish(directions::write, ticket).timed_out);
}

TEST(stream_fsm, expiry_of_one_direction_times_out_the_other_one_too) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, directions::read);
  const auto write = start_and_initiate(fsm, directions::write);
  EXPECT_EQ(fsm.expire(directions::read, read), action::close_socket);
  EXPECT_TRUE(fsm.finish(directions::write, write).timed_out);
  EXPECT_TRUE(fsm.finish(directions::read, read).timed_out);
}

TEST(stream_fsm, an_expiry_that_comes_late_does_not_hit_the_next_operation) {
  stream_fsm fsm;
  const auto first = start_and_initiate(fsm, directions::write);
  (void)fsm.finish(directions::write, first);
  EXPECT_EQ(fsm.expire(directions::write, first), action::none);
  const auto second = start_and_initiate(fsm, directions::write);
  EXPECT_EQ(fsm.expire(directions::write, first), action::none);
  EXPECT_FALSE(fsm.finish(directions::write, second).timed_out);
}

TEST(stream_fsm, an_expiry_is_acted_on_once) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, directions::write);
  EXPECT_EQ(fsm.expire(directions::write, ticket), action::close_socket);
  EXPECT_EQ(fsm.expire(directions::write, ticket), action::none);
}

TEST(stream_fsm, the_socket_is_not_closed_while_an_operation_is_being_initiated) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, directions::read);
  const auto write = fsm.start(directions::write);
  EXPECT_EQ(fsm.expire(directions::read, read), action::none);
  EXPECT_EQ(fsm.initiated(directions::write, *write), action::close_socket);
  EXPECT_TRUE(fsm.finish(directions::write, *write).timed_out);
  EXPECT_TRUE(fsm.finish(directions::read, read).timed_out);
}

TEST(stream_fsm, a_due_close_falls_to_the_completion_that_overtakes_its_initiation) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, directions::read);
  const auto write = fsm.start(directions::write);
  EXPECT_EQ(fsm.expire(directions::read, read), action::none);
  EXPECT_EQ(fsm.finish(directions::write, *write).then, action::close_socket);
  EXPECT_EQ(fsm.initiated(directions::write, *write), action::none);
}

TEST(stream_fsm, an_initiation_overtaken_by_completion_and_the_next_start_changes_nothing) {
  stream_fsm fsm;
  const auto first = fsm.start(directions::write);
  (void)fsm.finish(directions::write, *first);
  const auto second = fsm.start(directions::write);
  EXPECT_EQ(fsm.initiated(directions::write, *first), action::none);
  EXPECT_EQ(fsm.expire(directions::write, *second), action::none);  // it is being initiated
  EXPECT_EQ(fsm.initiated(directions::write, *second), action::close_socket);
}

TEST(stream_fsm, a_cancelled_operation_does_not_time_out_any_more) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, directions::write);
  fsm.cancel();
  EXPECT_EQ(fsm.expire(directions::write, ticket), action::none);
  EXPECT_FALSE(fsm.finish(directions::write, ticket).timed_out);
}

TEST(stream_fsm, cancelling_one_operation_leaves_the_other_one_alone) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, directions::read);
  const auto write = start_and_initiate(fsm, directions::write);
  fsm.cancel_one(directions::read, read);
  EXPECT_EQ(fsm.expire(directions::read, read), action::none);
  EXPECT_EQ(fsm.expire(directions::write, write), action::close_socket);
  EXPECT_FALSE(fsm.finish(directions::read, read).timed_out);
  EXPECT_TRUE(fsm.finish(directions::write, write).timed_out);
}

TEST(stream_fsm, cancelling_an_operation_that_is_over_does_not_hit_the_next_one) {
  stream_fsm fsm;
  const auto first = start_and_initiate(fsm, directions::write);
  (void)fsm.finish(directions::write, first);
  const auto second = start_and_initiate(fsm, directions::write);
  fsm.cancel_one(directions::write, first);
  EXPECT_EQ(fsm.expire(directions::write, second), action::close_socket);
}

TEST(stream_fsm, an_operation_that_timed_out_stays_so_when_it_is_cancelled_afterwards) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, directions::write);
  EXPECT_EQ(fsm.expire(directions::write, ticket), action::close_socket);
  fsm.cancel();
  EXPECT_TRUE(fsm.finish(directions::write, ticket).timed_out);
}

TEST(stream_fsm, a_deadline_past_before_the_start_closes_and_times_out_what_is_outstanding) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, directions::read);
  EXPECT_EQ(fsm.expire_before_start(), action::close_socket);
  EXPECT_TRUE(fsm.finish(directions::read, read).timed_out);
  EXPECT_FALSE(fsm.outstanding(directions::both));
}

TEST(stream_fsm, an_abandoned_start_frees_the_direction) {
  stream_fsm fsm;
  const auto ticket = fsm.start(directions::write);
  EXPECT_EQ(fsm.abandon(directions::write, *ticket), action::none);
  EXPECT_TRUE(fsm.start(directions::write).has_value());
}

TEST(stream_fsm, an_abandoned_start_that_had_completed_leaves_the_next_operation_alone) {
  stream_fsm fsm;
  const auto first = fsm.start(directions::write);
  (void)fsm.finish(directions::write, *first);
  const auto second = start_and_initiate(fsm, directions::write);
  (void)fsm.abandon(directions::write, *first);
  EXPECT_TRUE(fsm.outstanding(directions::write));
  EXPECT_FALSE(fsm.finish(directions::write, second).timed_out);
}

// Any order of events, against the rules themselves: a timeout is reported if and only if an
// expiry hit while the operation was outstanding and not cancelled, and each expiry that hits is
// followed by one close, which never falls into an initiation.
TEST(stream_fsm, keeps_its_rules_in_random_histories) {
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    stream_fsm fsm;
    struct {
      bool outstanding = false, initiating = false, cancelled = false, timed_out = false;
      stream_fsm::ticket ticket = 0;
    } ops[2];
    const auto which = [](int i) { return i == 0 ? directions::read : directions::write; };
    bool close_due = false;
    const auto check_close = [&](action then) {
      const bool initiating = ops[0].initiating || ops[1].initiating;
      ASSERT_EQ(then == action::close_socket, close_due && !initiating);
      if (!initiating) close_due = false;
    };
    for (int step = 0; step < 60; ++step) {
      const int i = static_cast<int>(random() % 2);
      auto& op = ops[i];
      switch (random() % 5) {
        case 0: {
          const auto ticket = fsm.start(which(i));
          ASSERT_EQ(ticket.has_value(), !op.outstanding);
          if (ticket) op = {true, true, false, false, *ticket};
          break;
        }
        case 1: {
          if (!op.initiating) break;
          op.initiating = false;
          check_close(fsm.initiated(which(i), op.ticket));
          break;
        }
        case 2: {
          const bool hits = op.outstanding && !op.cancelled && !op.timed_out;
          if (hits) {
            close_due = true;
            for (auto& each : ops) {
              each.timed_out = each.timed_out || (each.outstanding && !each.cancelled);
            }
          }
          const auto then = fsm.expire(which(i), op.ticket);
          if (hits) {
            check_close(then);
          } else {
            ASSERT_EQ(then, action::none);
          }
          break;
        }
        case 3: {
          if (random() % 2 == 0) {
            fsm.cancel_one(which(i), op.ticket);
            if (op.outstanding && !op.timed_out) op.cancelled = true;
            break;
          }
          fsm.cancel();
          for (auto& each : ops) {
            if (each.outstanding && !each.timed_out) each.cancelled = true;
          }
          break;
        }
        case 4: {
          if (!op.outstanding) break;
          op.outstanding = op.initiating = false;
          const auto outcome = fsm.finish(which(i), op.ticket);
          ASSERT_EQ(outcome.timed_out, op.timed_out);
          check_close(outcome.then);
          break;
        }
      }
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace timed::detail
