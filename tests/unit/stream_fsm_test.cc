// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/stream_fsm.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace timed::detail {
namespace {

using action = stream_fsm::action;

constexpr action nothing{};
constexpr action close_it{.close_socket = true};

// Starts an operation and reports its initiating function as returned.
stream_fsm::ticket start_and_initiate(stream_fsm& fsm, direction which) {
  const auto ticket = fsm.start(which, timeout_action::close);
  EXPECT_TRUE(ticket.has_value());
  EXPECT_EQ(fsm.initiated(which, *ticket), nothing);
  return *ticket;
}

TEST(stream_fsm, an_operation_that_completes_in_time_reports_no_timeout) {
  stream_fsm fsm;
  const auto ticket = fsm.start(direction::write, timeout_action::close);
  ASSERT_TRUE(ticket.has_value());
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_EQ(fsm.initiated(direction::write, *ticket), nothing);
  const auto outcome = fsm.finish(direction::write, *ticket, true);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.then, nothing);
  EXPECT_FALSE(fsm.outstanding(direction::write));
}

TEST(stream_fsm, a_direction_takes_one_operation_at_a_time) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.start(direction::write, timeout_action::close).has_value());
  EXPECT_TRUE(fsm.start(direction::read, timeout_action::close).has_value());
  EXPECT_FALSE(fsm.finish(direction::write, ticket, true).timed_out);
  EXPECT_TRUE(fsm.start(direction::write, timeout_action::close).has_value());
}

TEST(stream_fsm, a_connect_takes_both_direction_and_waits_for_both) {
  stream_fsm fsm;
  const auto write = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.start(direction::both, timeout_action::close).has_value());
  (void)fsm.finish(direction::write, write, true);
  start_and_initiate(fsm, direction::both);
  EXPECT_FALSE(fsm.start(direction::read, timeout_action::close).has_value());
  EXPECT_FALSE(fsm.start(direction::write, timeout_action::close).has_value());
}

TEST(stream_fsm, expiry_closes_the_socket_and_the_operation_reports_a_timeout) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, ticket), close_it);
  EXPECT_TRUE(fsm.finish(direction::write, ticket, true).timed_out);
}

TEST(stream_fsm, expiry_of_one_direction_times_out_the_other_one_too) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  const auto write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, read), close_it);
  EXPECT_TRUE(fsm.finish(direction::write, write, true).timed_out);
  EXPECT_TRUE(fsm.finish(direction::read, read, true).timed_out);
}

TEST(stream_fsm, an_expiry_that_comes_late_does_not_hit_the_next_operation) {
  stream_fsm fsm;
  const auto first = start_and_initiate(fsm, direction::write);
  (void)fsm.finish(direction::write, first, true);
  EXPECT_EQ(fsm.expire(direction::write, first), nothing);
  const auto second = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, first), nothing);
  EXPECT_FALSE(fsm.finish(direction::write, second, true).timed_out);
}

TEST(stream_fsm, an_expiry_is_acted_on_once) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, ticket), close_it);
  EXPECT_EQ(fsm.expire(direction::write, ticket), nothing);
}

TEST(stream_fsm, the_socket_is_not_closed_while_an_operation_is_being_initiated) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  const auto write = fsm.start(direction::write, timeout_action::close);
  EXPECT_EQ(fsm.expire(direction::read, read), nothing);
  EXPECT_EQ(fsm.initiated(direction::write, *write), close_it);
  EXPECT_TRUE(fsm.finish(direction::write, *write, true).timed_out);
  EXPECT_TRUE(fsm.finish(direction::read, read, true).timed_out);
}

TEST(stream_fsm, a_due_close_falls_to_the_completion_that_overtakes_its_initiation) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  const auto write = fsm.start(direction::write, timeout_action::close);
  EXPECT_EQ(fsm.expire(direction::read, read), nothing);
  EXPECT_EQ(fsm.finish(direction::write, *write, true).then, close_it);
  EXPECT_EQ(fsm.initiated(direction::write, *write), nothing);
}

TEST(stream_fsm, an_initiation_overtaken_by_completion_and_the_next_start_changes_nothing) {
  stream_fsm fsm;
  const auto first = fsm.start(direction::write, timeout_action::close);
  (void)fsm.finish(direction::write, *first, true);
  const auto second = fsm.start(direction::write, timeout_action::close);
  EXPECT_EQ(fsm.initiated(direction::write, *first), nothing);
  EXPECT_EQ(fsm.expire(direction::write, *second), nothing);  // it is being initiated
  EXPECT_EQ(fsm.initiated(direction::write, *second), close_it);
}

TEST(stream_fsm, a_cancelled_operation_does_not_time_out_any_more) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, direction::write);
  fsm.cancel();
  EXPECT_EQ(fsm.expire(direction::write, ticket), nothing);
  EXPECT_FALSE(fsm.finish(direction::write, ticket, true).timed_out);
}

TEST(stream_fsm, cancelling_one_operation_leaves_the_other_one_alone) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  const auto write = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::read, read);
  EXPECT_EQ(fsm.expire(direction::read, read), nothing);
  EXPECT_EQ(fsm.expire(direction::write, write), close_it);
  EXPECT_FALSE(fsm.finish(direction::read, read, true).timed_out);
  EXPECT_TRUE(fsm.finish(direction::write, write, true).timed_out);
}

TEST(stream_fsm, cancelling_an_operation_that_is_over_does_not_hit_the_next_one) {
  stream_fsm fsm;
  const auto first = start_and_initiate(fsm, direction::write);
  (void)fsm.finish(direction::write, first, true);
  const auto second = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::write, first);
  EXPECT_EQ(fsm.expire(direction::write, second), close_it);
}

TEST(stream_fsm, an_operation_that_timed_out_stays_so_when_it_is_cancelled_afterwards) {
  stream_fsm fsm;
  const auto ticket = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, ticket), close_it);
  fsm.cancel();
  EXPECT_TRUE(fsm.finish(direction::write, ticket, true).timed_out);
}

TEST(stream_fsm, a_deadline_past_before_the_start_closes_and_times_out_what_is_outstanding) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire_before_start(direction::read, timeout_action::close), close_it);
  EXPECT_TRUE(fsm.finish(direction::read, read, true).timed_out);
  EXPECT_FALSE(fsm.outstanding(direction::both));
}

TEST(stream_fsm, an_abandoned_start_frees_the_direction) {
  stream_fsm fsm;
  const auto ticket = fsm.start(direction::write, timeout_action::close);
  EXPECT_EQ(fsm.abandon(direction::write, *ticket), nothing);
  EXPECT_TRUE(fsm.start(direction::write, timeout_action::close).has_value());
}

TEST(stream_fsm, an_abandoned_start_that_had_completed_leaves_the_next_operation_alone) {
  stream_fsm fsm;
  const auto first = fsm.start(direction::write, timeout_action::close);
  (void)fsm.finish(direction::write, *first, true);
  const auto second = start_and_initiate(fsm, direction::write);
  (void)fsm.abandon(direction::write, *first);
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_FALSE(fsm.finish(direction::write, second, true).timed_out);
}

TEST(stream_fsm, an_expiry_that_leaves_the_stream_open_cancels_that_operation_alone) {
  stream_fsm fsm;
  const auto read = fsm.start(direction::read, timeout_action::cancel);
  EXPECT_EQ(fsm.initiated(direction::read, *read), nothing);
  const auto write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, *read), action{.cancel_read = true});
  EXPECT_TRUE(fsm.finish(direction::read, *read, true).timed_out);
  EXPECT_FALSE(fsm.finish(direction::write, write, true).timed_out);
}

TEST(stream_fsm, an_operation_that_was_over_when_its_expiry_would_cancel_it_has_not_timed_out) {
  stream_fsm fsm;
  const auto read = fsm.start(direction::read, timeout_action::cancel);
  EXPECT_EQ(fsm.initiated(direction::read, *read), nothing);
  EXPECT_EQ(fsm.expire(direction::read, *read), action{.cancel_read = true});
  EXPECT_FALSE(fsm.finish(direction::read, *read, false).timed_out);
}

TEST(stream_fsm, an_operation_that_was_over_when_its_expiry_closes_the_stream_has_timed_out) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire(direction::read, read), close_it);
  EXPECT_TRUE(fsm.finish(direction::read, read, false).timed_out);
}

TEST(stream_fsm, an_operation_is_not_cancelled_while_it_is_being_initiated) {
  stream_fsm fsm;
  const auto write = fsm.start(direction::write, timeout_action::cancel);
  EXPECT_EQ(fsm.expire(direction::write, *write), nothing);
  EXPECT_EQ(fsm.initiated(direction::write, *write), action{.cancel_write = true});
  EXPECT_TRUE(fsm.finish(direction::write, *write, true).timed_out);
}

TEST(stream_fsm, a_connect_that_expires_closes_the_stream_whatever_is_wanted_of_others) {
  stream_fsm fsm;
  const auto connect = fsm.start(direction::both, timeout_action::cancel);
  EXPECT_EQ(fsm.initiated(direction::both, *connect), nothing);
  EXPECT_TRUE(fsm.connecting());
  EXPECT_EQ(fsm.expire(direction::both, *connect), close_it);
  EXPECT_TRUE(fsm.finish(direction::both, *connect, true).timed_out);
}

TEST(stream_fsm, a_deadline_past_before_the_start_touches_nothing_if_the_stream_is_to_stay_open) {
  stream_fsm fsm;
  const auto read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire_before_start(direction::write, timeout_action::cancel), nothing);
  EXPECT_FALSE(fsm.finish(direction::read, read, true).timed_out);
}

TEST(stream_fsm, a_cancelled_or_timed_out_operation_gets_no_further_step) {
  for (const bool cancelled : {true, false}) {
    stream_fsm fsm;
    const auto connect = start_and_initiate(fsm, direction::both);
    EXPECT_TRUE(fsm.proceed(direction::both, connect).has_value());
    EXPECT_EQ(fsm.initiated(direction::both, connect, 1), nothing);
    if (cancelled) {
      fsm.cancel();
    } else {
      EXPECT_EQ(fsm.expire(direction::both, connect), close_it);
    }
    EXPECT_FALSE(fsm.proceed(direction::both, connect).has_value());
    EXPECT_EQ(fsm.finish(direction::both, connect, true).timed_out, !cancelled);
  }
}

TEST(stream_fsm, the_end_of_an_initiation_is_not_taken_for_that_of_the_next_step) {
  stream_fsm fsm;
  const auto connect = fsm.start(direction::both, timeout_action::close);
  const auto step = fsm.proceed(direction::both, *connect);  // the first one was that fast
  EXPECT_EQ(fsm.initiated(direction::both, *connect, 0), nothing);
  EXPECT_EQ(fsm.expire(direction::both, *connect), nothing);  // the second is being initiated
  EXPECT_EQ(fsm.initiated(direction::both, *connect, *step), close_it);
}

// Any order of events, against the rules themselves. A timeout is reported if and only if an
// expiry hit while the operation was outstanding and not cancelled, and (where the stream stays
// open) the operation was aborted. Each expiry that hits is followed by one close or one
// cancellation, which never falls into an initiation.
TEST(stream_fsm, keeps_its_rules_in_random_histories) {
  struct model {
    bool outstanding = false, initiating = false, alone = false;
    bool cancelled = false, timed_out = false, cancel_due = false;
    unsigned step = 0;
    stream_fsm::ticket ticket = 0;
    bool undecided() const { return outstanding && !cancelled && !timed_out; }
  };
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    stream_fsm fsm;
    model ops[2];
    const auto which = [](int i) { return i == 0 ? direction::read : direction::write; };
    bool close_due = false;
    const auto check = [&](action then) {
      const bool close = close_due && !ops[0].initiating && !ops[1].initiating;
      ASSERT_EQ(then.close_socket, close);
      if (close) close_due = false;
      for (int i = 0; i < 2; ++i) {
        const bool cancel = ops[i].cancel_due && !ops[i].initiating;
        ASSERT_EQ(i == 0 ? then.cancel_read : then.cancel_write, cancel);
        if (cancel) ops[i].cancel_due = false;
      }
    };
    for (int round = 0; round < 80; ++round) {
      const int i = static_cast<int>(random() % 2);
      model& op = ops[i];
      switch (random() % 6) {
        case 0: {
          const bool alone = random() % 2 == 0;
          const auto ticket =
              fsm.start(which(i), alone ? timeout_action::cancel : timeout_action::close);
          ASSERT_EQ(ticket.has_value(), !op.outstanding);
          if (!ticket) break;
          op = model();
          op.outstanding = op.initiating = true;
          op.alone = alone;
          op.ticket = *ticket;
          break;
        }
        case 1: {
          if (!op.initiating) break;
          op.initiating = false;
          check(fsm.initiated(which(i), op.ticket, op.step));
          break;
        }
        case 2: {
          const bool hits = op.undecided();
          if (hits && op.alone) {
            op.timed_out = op.cancel_due = true;
          } else if (hits) {
            close_due = true;
            for (model& each : ops) {
              if (!each.undecided()) continue;
              each.timed_out = true;
              each.alone = false;
            }
          }
          const auto then = fsm.expire(which(i), op.ticket);
          if (hits) {
            check(then);
          } else {
            ASSERT_EQ(then, nothing);
          }
          break;
        }
        case 3: {
          if (random() % 2 == 0) {
            fsm.cancel_one(which(i), op.ticket);
            if (op.undecided()) op.cancelled = true;
            break;
          }
          fsm.cancel();
          for (model& each : ops) {
            if (each.undecided()) each.cancelled = true;
          }
          break;
        }
        case 4: {
          if (!op.outstanding) break;
          const bool aborted = random() % 2 == 0;
          const auto outcome = fsm.finish(which(i), op.ticket, aborted);
          op.outstanding = op.initiating = op.cancel_due = false;
          ASSERT_EQ(outcome.timed_out, op.timed_out && !(op.alone && !aborted));
          check(outcome.then);
          break;
        }
        case 5: {
          if (!op.outstanding) break;
          const auto step = fsm.proceed(which(i), op.ticket);
          ASSERT_EQ(step.has_value(), op.undecided());
          if (!step) break;
          op.step = *step;
          op.initiating = true;
          break;
        }
      }
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace timed::detail
