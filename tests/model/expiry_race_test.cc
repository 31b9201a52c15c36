// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/model/expiry_race.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "tests/model/explore.h"

namespace timed::tests {
namespace {

std::vector<race_setup> all_setups(protocol by, fault planted = fault::none) {
  std::vector<race_setup> all;
  for (const ending ended : {ending::none, ending::by_slot, ending::by_close}) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      const auto is_set = [bits](unsigned i) { return (bits >> i & 1) != 0; };
      if (is_set(2) && is_set(3)) continue;  // shows nothing that neither of the two shows
      all.push_back({.by = by,
                     .cancels = is_set(0),
                     .steps = is_set(1) ? 2u : 1u,
                     .ended = ended,
                     .is_silent = is_set(2),
                     .next_is_due = is_set(3),
                     .by_service = is_set(4),
                     .planted = planted});
    }
  }
  return all;
}

std::string description_of(const race_setup& setup) {
  const char* const endings[] = {"", ", ended by its slot", ", ended by close()"};
  return std::string("on_timeout(") + (setup.cancels ? "cancel" : "close") + "), " +
         std::to_string(setup.steps) + " steps" + endings[static_cast<int>(setup.ended)] +
         (setup.is_silent ? ", a silent peer" : "") +
         (setup.next_is_due ? ", the next operation is due too" : "") +
         (setup.by_service ? "" : ", by a timer");
}

exploration explore_race(const race_setup& setup) {
  expiry_race race(setup);
  return explore(race);
}

class expiry_race_by : public testing::TestWithParam<protocol> {};

TEST_P(expiry_race_by, has_no_interleaving_that_violates_an_invariant) {
  std::size_t states = 0;
  for (const race_setup& setup : all_setups(GetParam())) {
    const exploration found = explore_race(setup);
    EXPECT_EQ(found.violation, "") << description_of(setup);
    EXPECT_GT(found.states, 100u) << description_of(setup);
    states += found.states;
  }
  std::cout << states << " states\n";
  RecordProperty("states", std::to_string(states));
}

// Finds a planted fault in one setup at least.
testing::AssertionResult is_found(protocol by, fault planted) {
  std::size_t states = 0;
  for (const race_setup& setup : all_setups(by, planted)) {
    const exploration found = explore_race(setup);
    states += found.states;
    if (found.violation.empty()) continue;
    std::cout << "after " << states << " states, " << description_of(setup) << ": "
              << found.violation << "\n";
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "not found in " << states << " states";
}

TEST_P(expiry_race_by, an_exploration_finds_an_id_that_is_not_compared) {
  EXPECT_TRUE(is_found(GetParam(), fault::id_is_not_compared));
}

TEST_P(expiry_race_by, an_exploration_finds_an_expiry_that_acts_during_an_initiation) {
  EXPECT_TRUE(is_found(GetParam(), fault::phase_is_not_compared));
}

TEST_P(expiry_race_by, an_exploration_finds_a_step_that_is_mistaken_for_the_next_one) {
  EXPECT_TRUE(is_found(GetParam(), fault::step_is_not_compared));
}

TEST_P(expiry_race_by, an_exploration_finds_an_operation_that_does_not_wait_for_its_expiry) {
  EXPECT_TRUE(is_found(GetParam(), fault::does_not_wait));
}

TEST_P(expiry_race_by, an_exploration_finds_a_success_that_is_reported_as_a_timeout) {
  EXPECT_TRUE(is_found(GetParam(), fault::result_is_ignored));
}

TEST_P(expiry_race_by, an_exploration_finds_a_deferred_expiry_that_is_forgotten) {
  EXPECT_TRUE(is_found(GetParam(), fault::deferred_is_forgotten));
}

INSTANTIATE_TEST_SUITE_P(, expiry_race_by,
                         testing::Values(protocol::claim_and_fence, protocol::one_word),
                         [](const auto& of) {
                           return of.param == protocol::one_word ? "one_word" : "claim_and_fence";
                         });

TEST(expiry_race_by_claim_and_fence, an_exploration_finds_a_missing_fence_or_check) {
  for (const fault planted :
       {fault::no_heavy_fence, fault::no_light_fence, fault::no_check_after_claim}) {
    EXPECT_TRUE(is_found(protocol::claim_and_fence, planted)) << static_cast<int>(planted);
  }
}

TEST(expiry_race_by_one_word, an_exploration_finds_a_store_in_place_of_a_read_modify_write) {
  for (const fault planted :
       {fault::finishes_by_store, fault::decides_by_store, fault::ends_initiation_by_store}) {
    EXPECT_TRUE(is_found(protocol::one_word, planted)) << static_cast<int>(planted);
  }
}

// What the protocols promise beyond what the program has to keep to. (With a slot that is used
// while its handler runs, one_word is right, and claim_and_fence may cancel the next operation.)
TEST(expiry_race_by_one_word, does_not_cancel_the_next_operation_by_the_slot_of_the_one_before) {
  for (const protocol by : {protocol::claim_and_fence, protocol::one_word}) {
    race_setup setup{.by = by, .ended = ending::by_slot, .slot_races_handler = true};
    EXPECT_EQ(explore_race(setup).violation.empty(), by == protocol::one_word);
  }
}

}  // namespace
}  // namespace timed::tests
