// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/state/stream_fsm.h"

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
using op_state = stream_fsm::op_state;
using operation_id = stream_fsm::operation_id;
using report = stream_fsm::report;
using socket_result = stream_fsm::socket_result;

// Starts an operation and reports its initiating function as returned.
operation_id start_and_initiate(stream_fsm& fsm, direction which,
                                timeout_action on_timeout = timeout_action::close) {
  const op_state started = fsm.start(which, on_timeout);
  EXPECT_TRUE(fsm.initiated(which, started));
  return started.id();
}

// Finishes an operation as a stream does, without concurrency.
report finish_with(stream_fsm& fsm, direction which, operation_id id, socket_result reported) {
  if (fsm.is_initiating_step(which)) {
    EXPECT_TRUE(fsm.complete_during_initiation(which));
  }
  return fsm.finish(which, id) ? fsm.take_report(which, id, reported) : report::socket_result;
}

// The same; returns whether the operation has timed out.
bool finish(stream_fsm& fsm, direction which, operation_id id, bool aborted = true) {
  const socket_result reported = aborted ? socket_result::cancelled : socket_result::success;
  return finish_with(fsm, which, id, reported) == report::timeout;
}

TEST(stream_fsm, an_operation_that_completes_in_time_finishes_without_asking_for_its_outcome) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::write);
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_FALSE(fsm.is_initiating_step(direction::write));
  EXPECT_FALSE(fsm.finish(direction::write, id));
  EXPECT_FALSE(fsm.outstanding(direction::write));
}

TEST(stream_fsm, each_direction_has_its_own_operation_and_a_connect_has_both) {
  stream_fsm fsm;
  const operation_id write = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.outstanding(direction::read));
  EXPECT_TRUE(fsm.outstanding(direction::both));
  EXPECT_FALSE(fsm.connecting());
  EXPECT_FALSE(finish(fsm, direction::write, write));
  const operation_id connect = start_and_initiate(fsm, direction::both);
  EXPECT_TRUE(fsm.outstanding(direction::read));
  EXPECT_TRUE(fsm.outstanding(direction::write));
  EXPECT_TRUE(fsm.connecting());
  EXPECT_FALSE(finish(fsm, direction::both, connect));
  EXPECT_FALSE(fsm.outstanding(direction::both));
}

TEST(stream_fsm, one_direction_is_idle_if_the_other_one_alone_has_an_operation) {
  stream_fsm fsm;
  EXPECT_EQ(fsm.idle_direction(), std::nullopt);
  const operation_id connect = start_and_initiate(fsm, direction::both);
  EXPECT_EQ(fsm.idle_direction(), std::nullopt);
  EXPECT_FALSE(finish(fsm, direction::both, connect));
  const operation_id write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.idle_direction(), direction::read);
  const operation_id read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.idle_direction(), std::nullopt);
  EXPECT_FALSE(finish(fsm, direction::write, write));
  EXPECT_EQ(fsm.idle_direction(), direction::write);
  EXPECT_FALSE(finish(fsm, direction::read, read));
  EXPECT_EQ(fsm.idle_direction(), std::nullopt);
}

TEST(stream_fsm, a_read_and_a_write_at_once_are_no_connect) {
  stream_fsm fsm;
  start_and_initiate(fsm, direction::read);
  start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.connecting());
}

TEST(stream_fsm, expiry_closes_the_socket_and_the_operation_reports_a_timeout) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, id), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::write, id));
}

TEST(stream_fsm, expiry_of_one_direction_times_out_the_other_one_too) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read);
  const operation_id write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::write, write));
  EXPECT_TRUE(finish(fsm, direction::read, read));
}

TEST(stream_fsm, an_expiry_that_comes_late_does_not_hit_the_next_operation) {
  stream_fsm fsm;
  const operation_id first = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(finish(fsm, direction::write, first));
  EXPECT_EQ(fsm.expire(direction::write, first), expiry::too_late);
  const operation_id second = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, first), expiry::too_late);
  EXPECT_FALSE(finish(fsm, direction::write, second));
}

TEST(stream_fsm, an_expiry_is_acted_on_once) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, id), expiry::close_socket);
  EXPECT_EQ(fsm.expire(direction::write, id), expiry::too_late);
}

TEST(stream_fsm, an_outcome_is_that_of_one_operation_and_not_of_the_next_one) {
  stream_fsm fsm;
  const operation_id first = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire(direction::read, first), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::read, first));
  const operation_id second = start_and_initiate(fsm, direction::read);
  EXPECT_FALSE(fsm.finish(direction::read, second));
}

TEST(stream_fsm, nothing_expires_while_an_operation_is_being_initiated) {
  for (const timeout_action action : {timeout_action::close, timeout_action::cancel}) {
    stream_fsm fsm;
    const operation_id read = start_and_initiate(fsm, direction::read, action);
    const op_state write = fsm.start(direction::write, action);
    EXPECT_EQ(fsm.expire(direction::read, read), expiry::not_now);
    EXPECT_EQ(fsm.expire(direction::write, write.id()), expiry::not_now);
    EXPECT_TRUE(fsm.initiated(direction::write, write));
    EXPECT_NE(fsm.expire(direction::read, read), expiry::not_now);
    EXPECT_TRUE(finish(fsm, direction::read, read));
  }
}

TEST(stream_fsm, an_operation_that_is_not_initiated_at_once_can_expire_before) {
  stream_fsm fsm;
  const operation_id id =
      fsm.start(direction::both, timeout_action::close, stream_fsm::phase::waiting).id();
  EXPECT_EQ(fsm.expire(direction::both, id), expiry::close_socket);
  EXPECT_FALSE(fsm.proceed(direction::both, id).has_value());
  EXPECT_TRUE(finish(fsm, direction::both, id));
}

TEST(stream_fsm,
     an_initiating_function_that_returns_after_the_completion_is_told_and_changes_nothing) {
  for (const bool next_is_started : {false, true}) {
    stream_fsm fsm;
    const op_state first = fsm.start(direction::write, timeout_action::close);
    EXPECT_TRUE(fsm.is_initiating_step(direction::write));
    EXPECT_TRUE(fsm.complete_during_initiation(direction::write));
    EXPECT_FALSE(fsm.finish(direction::write, first.id()));
    if (!next_is_started) {
      EXPECT_FALSE(fsm.initiated(direction::write, first));
      EXPECT_FALSE(fsm.outstanding(direction::write));
      continue;
    }
    const op_state second = fsm.start(direction::write, timeout_action::close);
    EXPECT_FALSE(fsm.initiated(direction::write, first));
    EXPECT_EQ(fsm.expire(direction::write, second.id()), expiry::not_now);
    EXPECT_TRUE(fsm.initiated(direction::write, second));
  }
}

TEST(stream_fsm, an_operation_cannot_complete_during_an_initiation_that_has_ended) {
  stream_fsm fsm;
  start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(fsm.complete_during_initiation(direction::write));
}

TEST(stream_fsm, the_end_of_an_initiation_is_not_mistaken_for_that_of_the_next_step) {
  stream_fsm fsm;
  const op_state connect = fsm.start(direction::both, timeout_action::close);
  EXPECT_TRUE(fsm.complete_during_initiation(direction::both));
  const auto step = fsm.proceed(direction::both, connect.id());  // the first step has completed
  ASSERT_TRUE(step.has_value());
  EXPECT_FALSE(fsm.initiated(direction::both, connect));
  EXPECT_EQ(fsm.expire(direction::both, connect.id()), expiry::not_now);
  EXPECT_TRUE(fsm.initiated(direction::both, *step));
  EXPECT_EQ(fsm.expire(direction::both, connect.id()), expiry::close_socket);
}

TEST(stream_fsm, an_initiating_function_is_told_of_deferred_actions_when_it_returns) {
  stream_fsm fsm;
  const op_state read = fsm.start(direction::read, timeout_action::close);
  EXPECT_FALSE(fsm.defer_if_initiating(direction::write));
  EXPECT_TRUE(fsm.defer_if_initiating(direction::both));
  EXPECT_TRUE(fsm.defer_if_initiating(direction::read));
  EXPECT_TRUE(fsm.is_initiating_step(direction::read));
  EXPECT_EQ(fsm.expire(direction::read, read.id()), expiry::not_now);
  EXPECT_FALSE(fsm.initiated(direction::read, read));
  EXPECT_TRUE(fsm.end_deferral(direction::read, read));
  EXPECT_FALSE(fsm.defer_if_initiating(direction::both));
  EXPECT_FALSE(fsm.is_initiating_step(direction::read));
  EXPECT_EQ(fsm.expire(direction::read, read.id()), expiry::close_socket);
}

TEST(stream_fsm, an_operation_can_complete_during_an_initiation_that_defers_actions) {
  stream_fsm fsm;
  const op_state connect = fsm.start(direction::both, timeout_action::close);
  EXPECT_TRUE(fsm.defer_if_initiating(direction::both));
  EXPECT_TRUE(fsm.complete_during_initiation(direction::both));
  const auto step = fsm.proceed(direction::both, connect.id());
  ASSERT_TRUE(step.has_value());
  EXPECT_TRUE(fsm.defer_if_initiating(direction::both));
  EXPECT_FALSE(fsm.initiated(direction::both, connect));
  EXPECT_FALSE(fsm.end_deferral(direction::both, connect))
      << "the actions are deferred by the next step";
  EXPECT_FALSE(fsm.initiated(direction::both, *step));
  EXPECT_TRUE(fsm.end_deferral(direction::both, *step));
}

TEST(stream_fsm, a_cancelled_operation_does_not_time_out) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::write);
  fsm.cancel();
  EXPECT_EQ(fsm.expire(direction::write, id), expiry::too_late);
  EXPECT_FALSE(finish(fsm, direction::write, id));
}

TEST(stream_fsm, cancelling_one_operation_does_not_affect_the_other_one) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read);
  const operation_id write = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::read, read);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::too_late);
  EXPECT_EQ(fsm.expire(direction::write, write), expiry::close_socket);
  EXPECT_FALSE(finish(fsm, direction::read, read));
  EXPECT_TRUE(finish(fsm, direction::write, write));
}

TEST(stream_fsm, cancelling_an_operation_that_has_finished_does_not_hit_the_next_one) {
  stream_fsm fsm;
  const operation_id first = start_and_initiate(fsm, direction::write);
  EXPECT_FALSE(finish(fsm, direction::write, first));
  const operation_id second = start_and_initiate(fsm, direction::write);
  fsm.cancel_one(direction::write, first);
  EXPECT_EQ(fsm.expire(direction::write, second), expiry::close_socket);
}

TEST(stream_fsm, an_operation_that_timed_out_stays_so_when_it_is_cancelled_afterwards) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::write, id), expiry::close_socket);
  fsm.cancel();
  EXPECT_TRUE(finish(fsm, direction::write, id));
}

// What an operation reports, by what the socket reports (success, failure, cancelled) after `end`.
template <class End>
std::array<report, 3> reports_after(End end, timeout_action on_timeout = timeout_action::close) {
  std::array<report, 3> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    stream_fsm fsm;
    const operation_id id = start_and_initiate(fsm, direction::read, on_timeout);
    end(fsm, id);
    all[i] = finish_with(fsm, direction::read, id, static_cast<socket_result>(i));
  }
  return all;
}

TEST(stream_fsm, what_the_socket_reports_after_a_cancellation_counts_unless_that_is_cancelled) {
  using reports = std::array<report, 3>;
  const reports expected = {report::socket_result, report::socket_result, report::aborted};
  EXPECT_EQ(reports_after([](stream_fsm& fsm, operation_id) { fsm.cancel(); }), expected);
  EXPECT_EQ(
      reports_after([](stream_fsm& fsm, operation_id id) { fsm.cancel_one(direction::read, id); }),
      expected);
}

TEST(stream_fsm, a_failure_of_the_socket_after_the_stream_was_closed_is_an_abort) {
  using reports = std::array<report, 3>;
  const reports expected = {report::socket_result, report::aborted, report::aborted};
  EXPECT_EQ(reports_after([](stream_fsm& fsm, operation_id) { fsm.close(); }), expected);
  EXPECT_EQ(reports_after([](stream_fsm& fsm, operation_id) {
              fsm.cancel();
              fsm.close();
            }),
            expected);
}

TEST(stream_fsm, a_stream_that_is_closed_after_a_timeout_reports_as_the_timeout_does) {
  using reports = std::array<report, 3>;
  for (const bool closes : {false, true}) {
    const auto expire = [closes](stream_fsm& fsm, operation_id id) {
      EXPECT_NE(fsm.expire(direction::read, id), expiry::too_late);
      if (closes) fsm.close();
    };
    EXPECT_EQ(reports_after(expire), (reports{report::timeout, report::timeout, report::timeout}));
    EXPECT_EQ(reports_after(expire, timeout_action::cancel),
              (reports{report::socket_result, report::socket_result, report::timeout}));
  }
}

TEST(stream_fsm, closing_the_stream_leaves_the_outcome_of_an_operation_that_is_finishing) {
  stream_fsm fsm;
  const operation_id id = start_and_initiate(fsm, direction::read);
  fsm.cancel();
  EXPECT_TRUE(fsm.finish(direction::read, id));
  fsm.close();
  EXPECT_EQ(fsm.take_report(direction::read, id, socket_result::cancelled), report::aborted);
}

TEST(stream_fsm, closing_the_stream_does_not_hit_an_operation_that_has_finished) {
  stream_fsm fsm;
  const operation_id first = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(finish_with(fsm, direction::read, first, socket_result::failure),
            report::socket_result);
  fsm.close();
  const operation_id second = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(finish_with(fsm, direction::read, second, socket_result::failure),
            report::socket_result);
}

TEST(stream_fsm, a_deadline_past_before_the_start_closes_and_times_out_what_is_outstanding) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read);
  EXPECT_TRUE(fsm.expire_before_start(direction::write, timeout_action::close));
  EXPECT_TRUE(finish(fsm, direction::read, read));
  EXPECT_FALSE(fsm.outstanding(direction::both));
}

TEST(stream_fsm, a_deadline_past_before_the_start_has_no_effect_if_the_stream_stays_open) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read);
  EXPECT_FALSE(fsm.expire_before_start(direction::write, timeout_action::cancel));
  EXPECT_FALSE(finish(fsm, direction::read, read));
}

TEST(stream_fsm, an_expiry_that_leaves_the_stream_open_cancels_that_operation_alone) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read, timeout_action::cancel);
  const operation_id write = start_and_initiate(fsm, direction::write);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::cancel_operation);
  EXPECT_TRUE(finish(fsm, direction::read, read));
  EXPECT_FALSE(finish(fsm, direction::write, write));
}

TEST(stream_fsm,
     an_operation_that_had_completed_when_its_expiry_would_cancel_it_has_not_timed_out) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read, timeout_action::cancel);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::cancel_operation);
  EXPECT_FALSE(finish(fsm, direction::read, read, false));
}

TEST(stream_fsm, an_operation_that_had_completed_when_its_expiry_closes_the_stream_has_timed_out) {
  stream_fsm fsm;
  const operation_id read = start_and_initiate(fsm, direction::read);
  EXPECT_EQ(fsm.expire(direction::read, read), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::read, read, false));
}

TEST(stream_fsm, a_connect_that_expires_closes_the_stream_whatever_on_timeout_says) {
  stream_fsm fsm;
  const operation_id connect = start_and_initiate(fsm, direction::both, timeout_action::cancel);
  EXPECT_EQ(fsm.expire(direction::both, connect), expiry::close_socket);
  EXPECT_TRUE(finish(fsm, direction::both, connect));
}

TEST(stream_fsm, a_cancelled_or_timed_out_operation_initiates_no_further_step) {
  for (const bool cancelled : {true, false}) {
    stream_fsm fsm;
    const operation_id connect = start_and_initiate(fsm, direction::both);
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

// Random orders of events, compared with a model. A timeout is reported if and only if an expiry
// came while the operation was outstanding, not cancelled, and no initiating function was running,
// and (where the stream stays open) the operation was aborted.
TEST(stream_fsm, keeps_its_invariants_in_random_histories) {
  struct model {
    bool outstanding = false, initiating = false, alone = false;
    bool cancelled = false, timed_out = false;
    op_state started;  // its state when its last step was initiated
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
          if (op.started.id() == 0) break;
          ASSERT_EQ(fsm.initiated(which, op.started), op.initiating);
          op.initiating = false;
          break;
        }
        case 2: {
          const expiry outcome = fsm.expire(which, op.started.id());
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
          all ? fsm.cancel() : fsm.cancel_one(which, op.started.id());
          for (model& each : ops) {
            if ((all || &each == &op) && each.undecided()) each.cancelled = true;
          }
          break;
        }
        case 4: {
          if (!op.outstanding) break;
          const bool aborted = random() % 2 == 0;
          op.outstanding = op.initiating = false;
          ASSERT_EQ(finish(fsm, which, op.started.id(), aborted),
                    op.timed_out && !(op.alone && !aborted));
          break;
        }
        case 5: {
          if (!op.outstanding) break;
          if (op.initiating) {
            ASSERT_TRUE(fsm.complete_during_initiation(which));
          }
          op.initiating = false;
          const auto step = fsm.proceed(which, op.started.id());
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

// An expiry on another thread either finds that the operation has finished, or the operation asks
// for its outcome. Never do both go on as if there were no other.
TEST(stream_fsm, an_operation_and_its_expiry_agree_on_which_was_first_without_a_lock) {
  constexpr int rounds = 20'000;
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  std::atomic<operation_id> started = 0;
  std::atomic<operation_id> expired = 0;  // the last operation with an expiry
  std::atomic<bool> had_finished = true;  // whether the expiry found that it had finished
  std::thread expiring([&] {
    for (int i = 0; i < rounds; ++i) {
      operation_id id = 0;
      while ((id = started.load()) <= expired.load()) std::this_thread::yield();
      slot.claim(id);
      asymmetric_fence::heavy();
      had_finished = !fsm.is_outstanding(direction::write, id);
      expired = id;
    }
  });
  int asked = 0;
  std::mt19937 random(1);
  for (int i = 0; i < rounds; ++i) {
    const operation_id id = start_and_initiate(fsm, direction::write);
    started = id;
    for (auto delay = random() % 2'000; delay != 0; --delay) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    const bool asks = fsm.finish(direction::write, id);
    while (expired.load() != id) std::this_thread::yield();
    EXPECT_TRUE(asks || had_finished);
    asked += asks ? 1 : 0;
  }
  expiring.join();
  RecordProperty("asked", asked);
}

// The same for an operation that starts, and the service that removes its node from the queue:
// either the operation finds that its node is not filed, or the service finds the operation.
TEST(stream_fsm, an_operation_that_starts_is_found_or_files_its_node) {
  constexpr int rounds = 20'000;
  constexpr deadline_node::nanoseconds due = 2 * deadline_queue::resolution;
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  deadline_queue queue(0);
  std::atomic<int> filed = 0;  // rounds
  std::atomic<int> removed = 0;
  std::atomic<bool> found = false;
  std::thread service([&] {
    for (int i = 1; i <= rounds; ++i) {
      while (filed.load() != i) std::this_thread::yield();
      queue.advance(due * 2 * i, [](deadline_node&) {});
      asymmetric_fence::heavy();
      found = queue.take_due() == &slot && slot.now().is_outstanding() &&
              slot.deadline() != deadline_node::none;
      removed = i;
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
    const op_state started = fsm.start(direction::write, timeout_action::close);
    asymmetric_fence::light();
    const bool has_to_file = slot.filed_for() > slot.deadline();
    while (removed.load() != i) std::this_thread::yield();
    EXPECT_TRUE(has_to_file || found);
    files += has_to_file ? 1 : 0;
    EXPECT_TRUE(fsm.initiated(direction::write, started));
    (void)fsm.finish(direction::write, started.id());
  }
  service.join();
  RecordProperty("files", files);
}

static_assert(sizeof(operation_slot) <= 64);

TEST(stream_fsm, a_late_claim_does_not_replace_that_of_a_later_operation) {
  stream_fsm fsm;
  operation_slot& slot = fsm.slot(direction::write);
  const operation_id first = start_and_initiate(fsm, direction::write);
  slot.claim_current();
  EXPECT_EQ(slot.claimed(), first);
  const operation_id before = slot.claimed();  // the first half of another claim
  EXPECT_TRUE(fsm.finish(direction::write, first));
  const operation_id second = start_and_initiate(fsm, direction::write);
  EXPECT_TRUE(fsm.expire_before_start(direction::read, timeout_action::close));
  EXPECT_EQ(slot.claimed(), second);
  slot.claim_unless_claimed_since(before, first);
  EXPECT_EQ(slot.claimed(), second);
  EXPECT_TRUE(finish(fsm, direction::write, second));
}

}  // namespace
}  // namespace timed::detail
