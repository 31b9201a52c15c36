// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/detail/deadline/deadline_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace timed::detail {
namespace {

using nanoseconds = deadline_queue::nanoseconds;
constexpr nanoseconds none = deadline_queue::none;
constexpr nanoseconds millisecond = 1'000'000;
constexpr nanoseconds second = 1'000 * millisecond;
constexpr nanoseconds hour = 3'600 * second;
constexpr nanoseconds day = 24 * hour;

static_assert(sizeof(deadline_node) <= 64);

// As a deadline service does it: what is due and has not passed is filed again.
// @return The nodes whose deadlines have passed, in the order in which they were seen.
std::vector<deadline_node*> expire(deadline_queue& queue, nanoseconds now) {
  std::vector<deadline_node*> expired;
  queue.advance(now, [](deadline_node&) {});
  while (deadline_node* const node = queue.take_due()) {
    if (node->deadline() == none) continue;
    if (node->deadline() > now) {
      queue.file(*node, now);
    } else {
      expired.push_back(node);
    }
  }
  return expired;
}

void set(deadline_queue& queue, deadline_node& node, nanoseconds deadline, nanoseconds now) {
  node.set(deadline);
  if (queue.needs_filing(node, now)) queue.file(node, now);
}

// As it is swept by a service that was stopped for an hour, slot by slot, while the operations that
// have expired are followed by others.
TEST(deadline_queue, that_lags_files_each_node_a_few_times) {
  constexpr std::size_t count = 2'000;
  deadline_queue queue(0);
  std::vector<deadline_node> nodes(count);
  for (std::size_t i = 0; i < count; ++i) {
    nodes[i].set(static_cast<nanoseconds>(i) * (hour / nanoseconds{count}));
    queue.file(nodes[i], 0);
  }
  const nanoseconds now = hour;
  std::size_t filings = 0;
  std::size_t expired = 0;
  while (queue.next_wakeup() <= now) {
    queue.advance(queue.next_wakeup(), [](deadline_node&) {});
    while (deadline_node* const node = queue.take_due()) {
      if (node->deadline() <= now) {
        ++expired;
        node->set(now + 5 * second);
      }
      ++filings;
      queue.file(*node, now);
      EXPECT_LE(node->filed_until(), node->deadline());
    }
  }
  EXPECT_EQ(expired, count);
  EXPECT_LE(filings, count * 4);
  EXPECT_EQ(expire(queue, now + 5 * second + 2 * deadline_queue::resolution).size(), count);
}

TEST(deadline_queue, has_nothing_to_wake_up_for_if_nothing_is_filed) {
  deadline_queue queue(7 * second);
  EXPECT_EQ(queue.next_wakeup(), none);
  EXPECT_FALSE(queue.advance(8 * second, [](deadline_node&) { ADD_FAILURE(); }));
  EXPECT_EQ(queue.take_due(), nullptr);
}

// Runs the queue as one does who sleeps until it wants to be woken.
// @return When the first deadline was seen to have passed, and how often it had to be woken.
struct first_expiry {
  nanoseconds when = 0;
  int wakeups = 0;
};
first_expiry run_until_expiry(deadline_queue& queue) {
  first_expiry result;
  do {
    result.when = queue.next_wakeup();
    ++result.wakeups;
    if (result.when == none) throw std::logic_error("the queue does not want to be woken");
    EXPECT_TRUE(expire(queue, result.when - 1).empty());
  } while (expire(queue, result.when).empty());
  return result;
}

static_assert(deadline_queue::resolution <= 1.1 * millisecond);

TEST(deadline_queue, a_deadline_is_noticed_within_a_tick_however_far_it_was) {
  const nanoseconds start = 3 * second + 17;
  for (nanoseconds ahead = 1; ahead < 2 * hour; ahead = ahead * 3 + 1) {
    SCOPED_TRACE(ahead);
    deadline_queue queue(start);
    deadline_node node;
    set(queue, node, start + ahead, start);
    EXPECT_LE(run_until_expiry(queue).when, start + ahead + deadline_queue::resolution);
    EXPECT_EQ(queue.next_wakeup(), none);
  }
}

// What is left after a coarse slot is shorter than that slot was wide.
TEST(deadline_queue, a_deadline_of_up_to_250_ms_is_looked_at_once_and_few_times_beyond) {
  const nanoseconds start = 3 * second + 17;
  for (nanoseconds ahead = millisecond; ahead < 2 * hour; ahead = ahead * 9 / 8) {
    SCOPED_TRACE(ahead);
    deadline_queue queue(start);
    deadline_node node;
    set(queue, node, start + ahead, start);
    EXPECT_LE(run_until_expiry(queue).wakeups, ahead < 250 * millisecond ? 1 : 3);
  }
}

TEST(deadline_queue, deadlines_at_the_ends_of_time_are_kept) {
  const nanoseconds start = second;
  deadline_queue queue(start);
  std::array<deadline_node, 3> nodes;
  set(queue, nodes[0], std::numeric_limits<nanoseconds>::min(), start);
  set(queue, nodes[1], -1, start);
  set(queue, nodes[2], none - 1, start);
  EXPECT_EQ(expire(queue, start + 2 * millisecond).size(), 2u);
  // Such a deadline is due from time to time, although it never passes.
  nanoseconds now = start;
  for (int i = 0; i < 100; ++i) {
    const nanoseconds wakeup = queue.next_wakeup();
    ASSERT_GT(wakeup, now + 2 * hour);
    EXPECT_TRUE(expire(queue, now = wakeup).empty());
  }
  queue.remove(nodes[2]);
  EXPECT_EQ(queue.next_wakeup(), none);
}

TEST(deadline_queue, a_deadline_in_days_passes_in_time_though_it_is_filed_for_hours_only) {
  deadline_queue queue(0);
  deadline_node node;
  set(queue, node, 3 * day, 0);
  nanoseconds now = 0;
  while (expire(queue, now).empty()) {
    ASSERT_NE(queue.next_wakeup(), none);
    now = queue.next_wakeup();
  }
  EXPECT_GE(now, 3 * day);
  EXPECT_LE(now, 3 * day + deadline_queue::resolution);
}

TEST(deadline_queue, a_later_deadline_needs_no_filing_and_is_looked_at_once_on_the_way) {
  deadline_queue queue(0);
  deadline_node node;
  set(queue, node, 30 * second, 0);
  const nanoseconds first_slot = node.filed_until();
  nanoseconds now = 0;
  for (; now < 29 * second; now += millisecond) {
    node.set(now + 30 * second);
    ASSERT_FALSE(queue.needs_filing(node, now));
  }
  EXPECT_EQ(node.filed_until(), first_slot);
  EXPECT_TRUE(expire(queue, first_slot).empty());
  EXPECT_GT(node.filed_until(), now + 28 * second);
  EXPECT_GE(run_until_expiry(queue).when, node.deadline());
}

TEST(deadline_queue, an_earlier_deadline_is_filed_again_and_passes_in_time) {
  deadline_queue queue(0);
  deadline_node node;
  set(queue, node, 30 * second, 0);
  node.set(5 * millisecond);
  EXPECT_TRUE(queue.needs_filing(node, 0));
  queue.file(node, 0);
  EXPECT_LE(queue.next_wakeup(), 7 * millisecond);
  EXPECT_EQ(expire(queue, 7 * millisecond).size(), 1u);
  EXPECT_EQ(queue.next_wakeup(), none);
}

TEST(deadline_queue,
     short_and_long_deadlines_alternating_are_filed_once_per_slot_not_once_per_operation) {
  deadline_queue queue(0);
  deadline_node node;
  int filed = 0;
  constexpr nanoseconds turn = 5'000;
  for (nanoseconds now = 0; now < second; now += turn) {
    if (now >= queue.next_wakeup()) expire(queue, now);
    node.set(now + (now / turn % 2 == 0 ? 5 * millisecond : 30 * second));
    if (!queue.needs_filing(node, now)) continue;
    queue.file(node, now);
    ++filed;
  }
  EXPECT_LE(filed, 1'000 / 4);  // of 200,000 turns
  queue.remove(node);
}

TEST(deadline_queue, what_is_taken_back_is_let_go_of_when_its_slot_comes_up) {
  deadline_queue queue(0);
  deadline_node node;
  set(queue, node, second, 0);
  node.set(none);
  EXPECT_NE(queue.next_wakeup(), none);
  EXPECT_TRUE(expire(queue, 2 * second).empty());
  EXPECT_EQ(node.filed_until(), none);
  EXPECT_EQ(queue.next_wakeup(), none);
}

TEST(deadline_queue, nodes_may_be_removed_while_filed_and_while_due) {
  deadline_queue queue(0);
  std::array<deadline_node, 6> nodes;
  for (deadline_node& each : nodes) set(queue, each, second, 0);
  queue.remove(nodes[0]);  // the last of its slot
  queue.remove(nodes[5]);  // the first
  queue.remove(nodes[5]);  // does nothing
  EXPECT_TRUE(queue.advance(2 * second, [](deadline_node&) {}));
  EXPECT_TRUE(queue.any_due());
  queue.remove(nodes[1]);
  queue.remove(nodes[4]);
  queue.file(nodes[2], 2 * second);
  EXPECT_EQ(queue.take_due(), &nodes[3]);
  EXPECT_FALSE(queue.any_due());
  EXPECT_EQ(expire(queue, 3 * second), std::vector<deadline_node*>{&nodes[2]});
}

// Nodes that are due and not taken yet stay ahead of those of the next slot.
TEST(deadline_queue, what_comes_up_first_is_due_first_however_many_are_due) {
  deadline_queue queue(0);
  std::array<deadline_node, 6> nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    set(queue, nodes[i], static_cast<nanoseconds>(1 + i) * 10 * millisecond, 0);
  }
  queue.advance(25 * millisecond, [](deadline_node&) {});
  EXPECT_EQ(queue.take_due(), &nodes[0]);
  queue.advance(45 * millisecond, [](deadline_node&) {});
  queue.remove(nodes[3]);  // the last one that is due
  queue.advance(65 * millisecond, [](deadline_node&) {});
  for (const std::size_t each : {1u, 2u, 4u, 5u}) EXPECT_EQ(queue.take_due(), &nodes[each]);
  EXPECT_EQ(queue.take_due(), nullptr);
  set(queue, nodes[0], 70 * millisecond, 65 * millisecond);
  queue.advance(80 * millisecond, [](deadline_node&) {});
  EXPECT_EQ(queue.take_due(), &nodes[0]);
}

TEST(deadline_queue, clear_takes_out_what_is_filed_and_what_is_due) {
  deadline_queue queue(0);
  std::array<deadline_node, 3> nodes;
  set(queue, nodes[0], second, 0);
  set(queue, nodes[1], 50 * second, 0);
  set(queue, nodes[2], day, 0);
  queue.advance(2 * second, [](deadline_node&) {});
  queue.clear();
  EXPECT_FALSE(queue.any_due());
  EXPECT_EQ(queue.next_wakeup(), none);
  EXPECT_TRUE(expire(queue, 2 * day).empty());
}

TEST(deadline_queue, a_leap_of_time_finds_all_that_has_passed) {
  deadline_queue queue(0);
  constexpr std::size_t count = 1'000;
  std::vector<deadline_node> nodes(count);
  for (std::size_t i = 0; i < count; ++i) {
    set(queue, nodes[i], static_cast<nanoseconds>(i) * second, 0);
  }
  EXPECT_EQ(expire(queue, 300 * day).size(), count);
}

TEST(deadline_queue, is_not_misled_if_it_was_left_alone_for_long) {
  deadline_queue queue(0);
  deadline_node late;
  deadline_node soon;
  set(queue, late, 40 * second, 0);
  // advance() was not called since, so the present is far from the time that the queue knows.
  const nanoseconds now = 3'000 * second;
  set(queue, soon, now + 10 * millisecond, now);
  EXPECT_LE(queue.next_wakeup(), now + 12 * millisecond);
  EXPECT_EQ(expire(queue, now + 12 * millisecond).size(), 2u);
}

TEST(deadline_queue, does_not_wake_up_for_nothing_after_it_was_left_alone) {
  for (const bool other_is_filed : {false, true}) {
    deadline_queue queue(0);
    deadline_node other, node;
    if (other_is_filed) set(queue, other, 2'000 * second, 0);
    // advance() was not called since.
    set(queue, node, 40 * second, 10 * second);
    EXPECT_EQ(queue.next_wakeup(), node.filed_until());
    EXPECT_GT(node.filed_until(), 39 * second);
    queue.clear();
  }
}

// More than a million random steps in all, compared with a model that checks every deadline each
// time.
TEST(deadline_queue, behaves_as_a_list_of_deadlines_does) {
  constexpr std::size_t count = 300;
  constexpr int steps_of_each_seed = 350'000;
  struct expectation {
    nanoseconds deadline = none;
    nanoseconds latest = none;  // by when it has to be noticed
  };
  for (const unsigned seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&random](nanoseconds limit) {
      return static_cast<nanoseconds>(random() % static_cast<std::uint64_t>(limit));
    };
    // As many of each order of magnitude.
    const auto some_time = [&] { return below(nanoseconds{1} << (1 + below(52))); };
    nanoseconds now = below(day);
    deadline_queue queue(now);
    std::vector<deadline_node> nodes(count);
    std::vector<expectation> model(count);
    nanoseconds earliest_latest = none;  // a lower bound of all `latest`
    for (int step = 0; step < steps_of_each_seed; ++step) {
      const auto which = static_cast<std::size_t>(below(count));
      switch (below(8)) {
        case 0:
          nodes[which].set(none);
          model[which] = {};
          break;
        case 1:
          queue.remove(nodes[which]);
          nodes[which].set(none);
          model[which] = {};
          break;
        case 2:
        case 3: {
          // Not always as soon as it could be done.
          now += some_time() / 64;
          const nanoseconds wakeup = queue.next_wakeup();
          if (wakeup > now && earliest_latest > now) break;
          for (deadline_node* const node : expire(queue, now)) {
            auto& expected = model[static_cast<std::size_t>(node - nodes.data())];
            ASSERT_NE(expected.deadline, none) << "it was taken back, or has passed before";
            expected = {};
            node->set(none);
          }
          earliest_latest = none;
          for (const expectation& each : model) {
            ASSERT_GT(each.latest, now) << "lost";
            earliest_latest = std::min(earliest_latest, each.latest);
          }
          ASSERT_LE(queue.next_wakeup(), earliest_latest) << "will be late";
          break;
        }
        default: {
          const nanoseconds ahead = some_time();
          model[which] = {now + ahead, now + ahead + deadline_queue::resolution + 1};
          earliest_latest = std::min(earliest_latest, model[which].latest);
          set(queue, nodes[which], now + ahead, now);
        }
      }
    }
    queue.clear();
  }
}

}  // namespace
}  // namespace timed::detail
