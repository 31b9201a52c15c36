// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/stream_fsm.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>

namespace timed::detail {
namespace {

using expiry = stream_fsm::expiry;
using occupant = stream_fsm::occupant;
using ticket = stream_fsm::ticket;

// Starts an operation and reports its initiating function as returned.
ticket start_and_initiate(stream_fsm& fsm, direction which,
                          timeout_action on_timeout = timeout_action::close) {
  const occupant started = fsm.start(which, on_timeout);
  EXPECT_TRUE(fsm.initiated(which, started));
  return started.owner();
}

// As a stream does it, in which nothing runs at the same time.
bool finish(stream_fsm& fsm, direction which, ticket owner, bool aborted = true) {
  if (fsm.is_overtaking(which)) {
    EXPECT_TRUE(fsm.overtake(which));
  }
  return fsm.finish(which, owner) && fsm.take_timed_out(which, owner, aborted);
}

TEST(stream_fsm, an_operation_that_completes_in_time_is_over_without_asking_for_its_fate) {
  stream_fsm fsm;
  const ticket owner = start_and_initiate(fsm, direction::write);
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_FALSE(fsm.is_overtaking(direction::write));
  EXPECT_FALSE(fsm.finish(direction::write, owner));
  EXPECT_FALSE(fsm.outstanding(direction::write));
}

TEST(stream_fsm, directions_are_occupied_one_by_one_and_a_connect_takes_both) {
  stream_fsm fsm;
  const ticket write = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.outstanding(direction::read));
  EXPECT_TRUE(fsm.outstanding(direction::both));
  EXPECT_FALSE(fsm.connecting());
  EXPECT_FALSE(finish(fsm, direction::write, write));
  const ticket connect = start_and_initiate(fsm, direction::both);
  EXPECT_TRUE(fsm.outstanding(direction::read));
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_TRUE(fsm.connecting());
  EXPECT_FALSE(finish(fsm, direction::both, connect));
  EXPECT_FALSE(fsm.outstanding(direction::both));
}

TEST(stream_fsm, a_read_and_a_write_at_once_are_no_connect) {
  stream_fsm fsm;
  start_and_initiate(fsm, direction::read);
  start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.connecting());
}

TEST(stream_fsm, expiry_closes_the_socket_and_the_operation_reports_a_timeout) {
  stream_fsm fsm;
  const ticket owner = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, owner), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::write, owner));
}

TEST(stream_fsm, expiry_of_one_direction_times_out_the_other_one_too) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read);
  const ticket write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::write, write));
  EXPECT_TRUE(finish(fsm, direction::read, read));
}

TEST(stream_fsm, an_expiry_that_comes_late_does_not_hit_the_next_operation) {
  stream_fsm fsm;
  const ticket first = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(finish(fsm, direction::write, first));
  EXPECT_EQ(fsm.expire(direction::write, first), expiry::too_late);
  const ticket second = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, first), expiry::too_late);
  EXPECT_FALSE(finish(fsm, direction::write, second));
}

TEST(stream_fsm, an_expiry_is_acted_on_once) {
  stream_fsm fsm;
  const ticket owner = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, owner), expiry::close_socket);
  EXPECT_EQ(fsm.expire(direction::write, owner), expiry::too_late);
}

TEST(stream_fsm, a_fate_is_that_of_one_operation_and_not_of_the_next_one) {
  stream_fsm fsm;
  const ticket first = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire(direction::read, first), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::read, first));
  const ticket second = start_and_initiate(fsm, direction::read);
  EXPECT_FALSE(fsm.finish(direction::read, second));
}

TEST(stream_fsm, nothing_expires_while_an_operation_is_being_initiated) {
  for (const timeout_action action : {timeout_action::close, timeout_action::cancel}) {
    stream_fsm fsm;
    const ticket read = start_and_initiate(fsm, direction::read, action);
    const occupant write = fsm.start(direction::write, action);
    EXPECT_EQ(fsm.expire(direction::read, read), expiry::not_now);
    EXPECT_EQ(fsm.expire(direction::write, write.owner()), expiry::not_now);
    EXPECT_TRUE(fsm.initiated(direction::write, write));
    EXPECT_NE(fsm.expire(direction::read, read), expiry::not_now);
    EXPECT_TRUE(finish(fsm, direction::read, read));
  }
}

TEST(stream_fsm, an_operation_that_is_not_initiated_at_once_can_expire_before) {
  stream_fsm fsm;
  const ticket owner =
      fsm.start(direction::both, timeout_action::close, stream_fsm::phase::waiting).owner();
  EXPECT_EQ(fsm.expire(direction::both, owner), expiry::close_socket);
  EXPECT_FALSE(fsm.proceed(direction::both, owner).has_value());
  EXPECT_TRUE(finish(fsm, direction::both, owner));
}

TEST(stream_fsm, an_initiation_that_was_overtaken_hears_of_it_and_changes_nothing) {
  for (const bool next_is_started : {false, true}) {
    stream_fsm fsm;
    const occupant first = fsm.start(direction::write, timeout_action::close);
    EXPECT_TRUE(fsm.is_overtaking(direction::write));
    EXPECT_TRUE(fsm.overtake(direction::write));
    EXPECT_FALSE(fsm.finish(direction::write, first.owner()));
    if (!next_is_started) {
      EXPECT_FALSE(fsm.initiated(direction::write, first));
      EXPECT_FALSE(fsm.outstanding(direction::write));
      continue;
    }
    const occupant second = fsm.start(direction::write, timeout_action::close);
    EXPECT_FALSE(fsm.initiated(direction::write, first));
    EXPECT_EQ(fsm.expire(direction::write, second.owner()), expiry::not_now);
    EXPECT_TRUE(fsm.initiated(direction::write, second));
  }
}

TEST(stream_fsm, an_initiation_that_has_returned_cannot_be_overtaken) {
  stream_fsm fsm;
  start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.overtake(direction::write));
}

TEST(stream_fsm, the_end_of_an_initiation_is_not_taken_for_that_of_the_next_step) {
  stream_fsm fsm;
  const occupant connect = fsm.start(direction::both, timeout_action::close);
  EXPECT_TRUE(fsm.overtake(direction::both));
  const auto step = fsm.proceed(direction::both, connect.owner());  // the first one was that fast
  ASSERT_TRUE(step.has_value());
  EXPECT_FALSE(fsm.initiated(direction::both, connect));
  EXPECT_EQ(fsm.expire(direction::both, connect.owner()), expiry::not_now);
  EXPECT_TRUE(fsm.initiated(direction::both, *step));
  EXPECT_EQ(fsm.expire(direction::both, connect.owner()), expiry::close_socket);
}

TEST(stream_fsm, an_initiation_that_was_interrupted_hears_of_it_when_it_returns) {
  stream_fsm fsm;
  const occupant read = fsm.start(direction::read, timeout_action::close);
  EXPECT_FALSE(fsm.interrupt(direction::write));
  EXPECT_TRUE(fsm.interrupt(direction::both));
  EXPECT_TRUE(fsm.interrupt(direction::read));
  EXPECT_TRUE(fsm.is_overtaking(direction::read));
  EXPECT_EQ(fsm.expire(direction::read, read.owner()), expiry::not_now);
  EXPECT_FALSE(fsm.initiated(direction::read, read));
  EXPECT_TRUE(fsm.resume(direction::read, read));
  EXPECT_FALSE(fsm.interrupt(direction::both));
  EXPECT_FALSE(fsm.is_overtaking(direction::read));
  EXPECT_EQ(fsm.expire(direction::read, read.owner()), expiry::close_socket);
}

TEST(stream_fsm, an_initiation_that_was_interrupted_can_be_overtaken) {
  stream_fsm fsm;
  const occupant connect = fsm.start(direction::both, timeout_action::close);
  EXPECT_TRUE(fsm.interrupt(direction::both));
  EXPECT_TRUE(fsm.overtake(direction::both));
  const auto step = fsm.proceed(direction::both, connect.owner());
  ASSERT_TRUE(step.has_value());
  EXPECT_TRUE(fsm.interrupt(direction::both));
  EXPECT_FALSE(fsm.initiated(direction::both, connect));
  EXPECT_FALSE(fsm.resume(direction::both, connect)) << "it is the next step that was interrupted";
  EXPECT_FALSE(fsm.initiated(direction::both, *step));
  EXPECT_TRUE(fsm.resume(direction::both, *step));
}

TEST(stream_fsm, a_cancelled_operation_does_not_time_out_any_more) {
  stream_fsm fsm;
  const ticket owner = start_and_initiate(fsm, direction::write);
  fsm.cancel();
  EXPECT_EQ(fsm.expire(direction::write, owner), expiry::too_late);
  EXPECT_FALSE(finish(fsm, direction::write, owner));
}

TEST(stream_fsm, cancelling_one_operation_leaves_the_other_one_alone) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read);
  const ticket write = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::read, read);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::too_late);
  EXPECT_EQ(fsm.expire(direction::write, write), expiry::close_socket);
  EXPECT_FALSE(finish(fsm, direction::read, read));
  EXPECT_TRUE(finish(fsm, direction::write, write));
}

TEST(stream_fsm, cancelling_an_operation_that_is_over_does_not_hit_the_next_one) {
  stream_fsm fsm;
  const ticket first = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(finish(fsm, direction::write, first));
  const ticket second = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::write, first);
  EXPECT_EQ(fsm.expire(direction::write, second), expiry::close_socket);
}

TEST(stream_fsm, an_operation_that_timed_out_stays_so_when_it_is_cancelled_afterwards) {
  stream_fsm fsm;
  const ticket owner = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, owner), expiry::close_socket);
  fsm.cancel();
  EXPECT_TRUE(finish(fsm, direction::write, owner));
}

TEST(stream_fsm, a_deadline_past_before_the_start_closes_and_times_out_what_is_outstanding) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read);
  EXPECT_TRUE(fsm.expire_before_start(direction::write, timeout_action::close));
  EXPECT_TRUE(finish(fsm, direction::read, read));
  EXPECT_FALSE(fsm.outstanding(direction::both));
}

TEST(stream_fsm, a_deadline_past_before_the_start_touches_nothing_if_the_stream_is_to_stay_open) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read);
  EXPECT_FALSE(fsm.expire_before_start(direction::write, timeout_action::cancel));
  EXPECT_FALSE(finish(fsm, direction::read, read));
}

TEST(stream_fsm, an_expiry_that_leaves_the_stream_open_cancels_that_operation_alone) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read, timeout_action::cancel);
  const ticket write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::cancel_operation);
  EXPECT_TRUE(finish(fsm, direction::read, read));
  EXPECT_FALSE(finish(fsm, direction::write, write));
}

TEST(stream_fsm, an_operation_that_was_over_when_its_expiry_would_cancel_it_has_not_timed_out) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read, timeout_action::cancel);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::cancel_operation);
  EXPECT_FALSE(finish(fsm, direction::read, read, false));
}

TEST(stream_fsm, an_operation_that_was_over_when_its_expiry_closes_the_stream_has_timed_out) {
  stream_fsm fsm;
  const ticket read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::read, read, false));
}

TEST(stream_fsm, a_connect_that_expires_closes_the_stream_whatever_is_wanted_of_others) {
  stream_fsm fsm;
  const ticket connect = start_and_initiate(fsm, direction::both, timeout_action::cancel);
  EXPECT_EQ(fsm.expire(direction::both, connect), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::both, connect));
}

TEST(stream_fsm, a_cancelled_or_timed_out_operation_gets_no_further_step) {
  for (const bool cancelled : {true, false}) {
    stream_fsm fsm;
    const ticket connect = start_and_initiate(fsm, direction::both);
    const auto step = fsm.proceed(direction::both, connect);
    ASSERT_TRUE(step.has_value());
    EXPECT_TRUE(fsm.initiated(direction::both, *step));
    if (cancelled) {
      fsm.cancel();
    } else {
      EXPECT_EQ(fsm.expire(direction::both, connect), expiry::close_socket);
    }
    EXPECT_FALSE(fsm.proceed(direction::both, connect).has_value());
    EXPECT_EQ(finish(fsm, direction::both, connect), !cancelled);
  }
}

// Any order of events, against the rules themselves. A timeout is reported if and only if an
// expiry hit while the operation was outstanding, not cancelled, and nothing was being initiated,
// and (where the stream stays open) the operation was aborted.
TEST(stream_fsm, keeps_its_rules_in_random_histories) {
  struct model {
    bool outstanding = false, initiating = false, alone = false;
    bool cancelled = false, timed_out = false;
    occupant started;  // as it was when its last step was begun
    bool undecided() const { return outstanding && !cancelled && !timed_out; }
  };
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    stream_fsm fsm;
    std::array<model, 2> ops;
    for (int round = 0; round < 80; ++round) {
      const std::size_t i = random() % 2;
      const direction which = i == 0 ? direction::read : direction::write;
      model& op = ops[i];
      ASSERT_EQ(fsm.outstanding(which), op.outstanding);
      switch (random() % 6) {
        case 0: {
          if (op.outstanding) break;
          op = model();
          op.outstanding = op.initiating = true;
          op.alone = random() % 2 == 0;
          op.started = fsm.start(which, op.alone ? timeout_action::cancel : timeout_action::close);
          break;
        }
        case 1: {
          if (op.started.owner() == 0) break;
          ASSERT_EQ(fsm.initiated(which, op.started), op.initiating);
          op.initiating = false;
          break;
        }
        case 2: {
          const expiry outcome = fsm.expire(which, op.started.owner());
          if (!op.undecided()) {
            ASSERT_EQ(outcome, expiry::too_late);
          } else if (ops[0].initiating || ops[1].initiating) {
            ASSERT_EQ(outcome, expiry::not_now);
          } else if (op.alone) {
            ASSERT_EQ(outcome, expiry::cancel_operation);
            op.timed_out = true;
          } else {
            ASSERT_EQ(outcome, expiry::close_socket);
            for (model& each : ops) {
              if (!each.undecided()) continue;
              each.timed_out = true;
              each.alone = false;
            }
          }
          break;
        }
        case 3: {
          const bool all = random() % 2 == 0;
          all ? fsm.cancel() : fsm.cancel_one(which, op.started.owner());
          for (model& each : ops) {
            if ((all || &each == &op) && each.undecided()) each.cancelled = true;
          }
          break;
        }
        case 4: {
          if (!op.outstanding) break;
          const bool aborted = random() % 2 == 0;
          op.outstanding = op.initiating = false;
          ASSERT_EQ(finish(fsm, which, op.started.owner(), aborted),
                    op.timed_out && !(op.alone && !aborted));
          break;
        }
        case 5: {
          if (!op.outstanding) break;
          if (op.initiating) {
            ASSERT_TRUE(fsm.overtake(which));
          }
          op.initiating = false;
          const auto step = fsm.proceed(which, op.started.owner());
          ASSERT_EQ(step.has_value(), op.undecided());
          if (!step) break;
          op.started = *step;
          op.initiating = true;
          break;
        }
      }
      if (HasFatalFailure()) return;
    }
  }
}

// An expiry on another thread either finds the operation over or has it ask for its fate: both act
// as if they were alone, and never do both believe that they have the stream for themselves.
TEST(stream_fsm, an_operation_and_its_expiry_agree_on_who_was_first_without_a_lock) {
  constexpr int rounds = 20'000;
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  std::atomic<ticket> started = 0;
  std::atomic<ticket> expired = 0;    // the one that the expiry has just tried to hit
  std::atomic<bool> was_over = true;  // what it found
  std::thread expiring([&] {
    for (int i = 0; i < rounds; ++i) {
      ticket owner = 0;
      while ((owner = started.load()) <= expired.load()) std::this_thread::yield();
      slot.claim(owner);
      asymmetric_fence::heavy();
      was_over = !fsm.is_outstanding(direction::write, owner);
      expired = owner;
    }
  });
  int asked = 0;
  std::mt19937 random(1);
  for (int i = 0; i < rounds; ++i) {
    const ticket owner = start_and_initiate(fsm, direction::write);
    started = owner;
    for (auto delay = random() % 2'000; delay != 0; --delay) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    const bool asks = fsm.finish(direction::write, owner);
    while (expired.load() != owner) std::this_thread::yield();
    EXPECT_TRUE(asks || was_over);
    asked += asks ? 1 : 0;
  }
  expiring.join();
  RecordProperty("asked", asked);
}

// The same of an operation that starts, and the service that takes its node out of the queue:
// either the operation finds its node not filed, or the service finds the operation.
TEST(stream_fsm, an_operation_that_starts_is_found_or_finds_that_it_has_to_file) {
  constexpr int rounds = 20'000;
  constexpr deadline_node::nanoseconds due = 2 * deadline_queue::resolution;
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  deadline_queue queue(0);
  std::atomic<int> filed = 0;  // rounds
  std::atomic<int> taken_out = 0;
  std::atomic<bool> found = false;
  std::thread service([&] {
    for (int i = 1; i <= rounds; ++i) {
      while (filed.load() != i) std::this_thread::yield();
      queue.advance(due * 2 * i, [](deadline_node&) {});
      asymmetric_fence::heavy();
      found = queue.take_due() == &slot && slot.now().is_outstanding() &&
              slot.deadline() != deadline_node::none;
      taken_out = i;
    }
  });
  int files = 0;
  std::mt19937 random(1);
  for (int i = 1; i <= rounds; ++i) {
    slot.set(due * 2 * i - due);
    queue.file(slot, due * 2 * i - 2 * due);
    slot.set(deadline_node::none);
    filed = i;
    for (auto delay = random() % 2'000; delay != 0; --delay) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    slot.set(due * 2 * i);
    const occupant started = fsm.start(direction::write, timeout_action::close);
    asymmetric_fence::light();
    const bool has_to_file = slot.filed_until() > slot.deadline();
    while (taken_out.load() != i) std::this_thread::yield();
    EXPECT_TRUE(has_to_file || found);
    files += has_to_file ? 1 : 0;
    EXPECT_TRUE(fsm.initiated(direction::write, started));
    (void)fsm.finish(direction::write, started.owner());
  }
  service.join();
  RecordProperty("files", files);
}

static_assert(sizeof(operation_slot) <= 64);

TEST(stream_fsm, a_late_claim_does_not_replace_that_of_a_later_operation) {
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  const ticket first = start_and_initiate(fsm, direction::write);
  slot.claim_present();
  EXPECT_EQ(slot.claimed(), first);
  const ticket before = slot.claimed();  // another claim begins, and is late
  EXPECT_TRUE(fsm.finish(direction::write, first));
  const ticket second = start_and_initiate(fsm, direction::write);
  EXPECT_TRUE(fsm.expire_before_start(direction::read, timeout_action::close));
  EXPECT_EQ(slot.claimed(), second);
  slot.claim_unless_claimed_since(before, first);
  EXPECT_EQ(slot.claimed(), second);
  EXPECT_TRUE(finish(fsm, direction::write, second));
}

}  // namespace
}  // namespace timed::detail
